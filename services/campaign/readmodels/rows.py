"""Reading rows: small helpers that all readers of the views share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import RowMapping
from sqlalchemy.sql import Select

from services.kit.sql.engine import reading, temporary_when_busy

Row = RowMapping


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """One consistent reading of the views; raises TemporaryFailure when the database is busy."""
    with temporary_when_busy(), reading(engine) as connection:
        yield connection


def every(connection: Connection, sought: Select[Any]) -> Sequence[Row]:
    return connection.execute(sought).mappings().all()


def one(connection: Connection, sought: Select[Any]) -> Row | None:
    return connection.execute(sought).mappings().first()


def texts(column: str) -> list[str]:
    """A list of texts as one column keeps it."""
    found: list[str] = orjson.loads(column)
    return found


def numbers(connection: Connection, sought: Select[Any]) -> dict[str, int]:
    """A query of two columns, a name and how many, as a map."""
    return {row[0]: row[1] for row in connection.execute(sought)}
