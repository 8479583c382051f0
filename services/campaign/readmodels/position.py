"""How far the views have followed the log: one row, locked by whoever moves it in the transaction of the effects."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Engine, bindparam, func, select, update

from services.campaign.readmodels.tables import position
from services.kit.sql.engine import reading, temporary_when_busy
from services.kit.sql.upsert import insert

ONLY: Final = 1
_SOUGHT: Final = select(position.c.position).where(position.c.only == ONLY)
_BEGUN: Final = insert(position).values(only=ONLY, position=0).on_conflict_do_nothing()
_MOVED: Final = update(position).where(position.c.only == ONLY).values(position=bindparam("to"))


def reached(engine: Engine) -> int:
    """As committed; 0 before the first event."""
    with temporary_when_busy(), reading(engine) as connection:
        return int(connection.scalar(_SOUGHT) or 0)


def locked(connection: Connection, patience: float) -> int:
    """The position, which nobody else moves until this transaction ends; waits `patience` seconds for others.

    Views can be made anew from the log, so the transaction does not wait for the disk: a crash of the database may
    cost their last moments, position and rows together.
    """
    if connection.dialect.name == "postgresql":
        waiting = f"{max(1, int(patience * 1000))}ms"
        asked = func.set_config("lock_timeout", waiting, True), func.set_config("synchronous_commit", "off", True)
        connection.execute(select(*asked))
    found = connection.scalar(_SOUGHT.with_for_update())
    if found is None:
        connection.execute(_BEGUN)
        found = connection.scalar(_SOUGHT.with_for_update())
    return int(found or 0)


def move(connection: Connection, to: int) -> None:
    connection.execute(_MOVED, {"to": to})
