"""Rows of what falls due: the deadlines of filings, the promises, the ends of ballots."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, func, select, tuple_

from services.campaign.readmodels.rows import Row, every
from services.campaign.readmodels.tables import due

Mark = tuple[str, str, str]
"""Kind, thing and instant of something due."""


def next_due(connection: Connection, without: Collection[Mark]) -> datetime | None:
    sought = select(func.min(due.c.at))
    if without:
        sought = sought.where(tuple_(due.c.kind, due.c.thing, due.c.at).not_in(list(without)))
    text = connection.scalar(sought)
    return None if text is None else datetime.fromisoformat(text)


def due_until(connection: Connection, horizon: datetime, inclusive: bool, limit: int) -> Sequence[Row]:
    """In the order of their instants."""
    last = horizon.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    within = due.c.at <= last if inclusive or horizon.microsecond else due.c.at < last
    return every(connection, select(due).where(within).order_by(due.c.at, due.c.kind, due.c.thing).limit(limit))
