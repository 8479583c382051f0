"""One leaf as the read models see it, and the changes of rows that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Table, Update, bindparam, update
from sqlalchemy.sql import Executable

Change = tuple[Executable, dict[str, Any]]
"""A statement and its values; changes that share both statement and names of values are written together."""

Effect = Callable[["Entry", "Zones"], Iterable[Change]]
Zones = Callable[[str], str]
"""Campaign id to its time zone."""


@dataclass(frozen=True, slots=True)
class Entry:
    position: int
    event: str
    campaign: str
    stream: str
    n: int
    type: str
    time: str
    role: str
    actor: str | None
    subject: str | None
    data: dict[str, Any]


def entry_of(position: int, leaf: bytes) -> Entry:
    fields = orjson.loads(leaf)
    actor = fields["actor"]
    return Entry(
        position, fields["id"], fields["campaign"], fields["stream"], fields["n"], fields["type"], fields["time"],
        actor["role"], actor.get("id"), fields.get("subject"), fields["data"],
    )  # fmt: skip


def updating(table: Table) -> Update:
    """Changes the row whose key is `key`; the other values name the columns."""
    (key,) = table.primary_key.columns
    return update(table).where(key == bindparam("key"))


def as_list(values: Iterable[str]) -> str:
    """A list of texts as one column keeps it."""
    return orjson.dumps(list(values)).decode()


def day_of(text: str) -> date:
    return date.fromisoformat(text)
