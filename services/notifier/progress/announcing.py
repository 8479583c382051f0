"""Announcements on their way to `notifier.events.v1`: numbered when they are published, struck off afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from services.notifier.adapters.tables import ANNOUNCEMENTS as T
from services.notifier.adapters.tables import COUNTERS

_COUNTER: Final = "announcements"


def wait(tx: Connection) -> bool:
    """Whether there are any."""
    return tx.execute(select(T.c.id).limit(1)).first() is not None


def number(tx: Connection, limit: int) -> int:
    """Gives numbers to what has none yet; says how many.

    Processes write announcements side by side, so that a lower id may be committed after a higher one. A number is
    given to what is committed already: readers never see a lower one after a higher one.
    """
    new = select(T.c.id).where(T.c.place.is_(None)).order_by(T.c.id).limit(limit)
    ids = list(tx.execute(new.with_for_update(skip_locked=True)).scalars())
    if not ids:
        return 0
    counter = COUNTERS.c.name == _COUNTER
    last = tx.execute(select(COUNTERS.c.last).where(counter).with_for_update()).scalar_one()
    tx.execute(
        update(T).where(T.c.id == bindparam("this")).values(place=bindparam("number")),
        [{"this": id, "number": place} for place, id in enumerate(ids, start=last + 1)],
    )
    tx.execute(update(COUNTERS).where(counter).values(last=last + len(ids)))
    return len(ids)


def numbered(tx: Connection, limit: int) -> Sequence[Row[Any]]:
    """In the order of their numbers."""
    return tx.execute(select(T).where(T.c.place.is_not(None)).order_by(T.c.place).limit(limit)).all()


def told(tx: Connection, rows: Sequence[Row[Any]]) -> None:
    tx.execute(delete(T).where(T.c.id.in_([row.id for row in rows])))
