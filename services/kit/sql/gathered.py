"""Rows of one transaction that are put together: many small statements cost more than one with many rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from services.kit.sql.upsert import Insert


class Gathered:
    """Rows by statement, in the order in which they came. Whoever reads or changes what may be among them, and whoever
    ends the transaction, writes them first."""

    def __init__(self) -> None:
        self._rows: dict[Insert, list[dict[str, Any]]] = {}

    def add(self, statement: Insert, row: Mapping[str, Any]) -> None:
        """All rows of a statement name the same columns."""
        self._rows.setdefault(statement, []).append(dict(row))

    def write(self, tx: Connection) -> None:
        rows, self._rows = self._rows, {}
        for statement, together in rows.items():
            tx.execute(statement, together)

    def forget(self) -> None:
        self._rows.clear()
