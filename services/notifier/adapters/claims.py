"""Which of the processes that claimed mails are gone, told by PostgreSQL: each holds a lock while it lives."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Engine, Executable, select, update

from services.kit.failures import TemporaryFailure
from services.kit.sql.engine import reading, temporary_when_busy
from services.kit.sql.leases import PostgresLease
from services.kit.sql.locks import try_lock_in
from services.notifier.adapters.tables import OUTBOX as T

LOOKS_SECONDS: Final = 1.0
GRACE_SECONDS: Final = 8.0
"""After the database was away every lock is gone for a moment; whoever lives has taken its own again by then."""


class Claimants:
    """One delivery, one thread. The machine's own time counts here, also where the clock is set by hand."""

    def __init__(self, engine: Engine, instance: str) -> None:
        self._engine = engine
        self._instance = instance
        self._lease = PostgresLease(engine, _lock(instance))
        self._looked = float("-inf")
        self._missing: dict[str, float] = {}

    def still_here(self) -> bool:
        """Also between the mails of one claim, which may take minutes: a lock that was lost is taken again."""
        return self._lease.hold() or self._lease.hold()

    def does(self, statement: Executable, values: Mapping[str, Any]) -> None:
        """On the connection of that lock: cheaper than a transaction of the pool's, and a sign of life."""
        self._lease.does(statement, values)

    def free_the_dead(self, due_at: int) -> int:
        """Before each claim: says that this process lives, and makes due again what dead ones had claimed.

        Returns how many mails that were. Raises TemporaryFailure where this process cannot say so.
        """
        if not self.still_here():
            raise TemporaryFailure("database-busy")
        if time.monotonic() - self._looked < LOOKS_SECONDS:
            return 0
        self._looked = time.monotonic()
        with temporary_when_busy(), reading(self._engine) as tx:
            claimed = select(T.c.claimed_by).where(T.c.claimed_by.is_not(None), T.c.claimed_by != self._instance)
            names = set(tx.execute(claimed.distinct()).scalars())
        self._missing = {name: since for name, since in self._missing.items() if name in names}
        return sum(self._free(str(name), due_at) for name in names)

    def close(self) -> None:
        self._lease.release()

    def _free(self, name: str, due_at: int) -> int:
        with temporary_when_busy(), self._engine.begin() as tx:
            if not try_lock_in(tx, _lock(name)):
                self._missing.pop(name, None)
                return 0
            since = self._missing.setdefault(name, time.monotonic())
            return release_claims(tx, name, due_at) if time.monotonic() - since >= GRACE_SECONDS else 0


def release_claims(tx: Connection, instance: str, due_at: int) -> int:
    claims = (T.c.state == "due") & (T.c.claimed_by == instance)
    return tx.execute(update(T).where(claims).values(claimed_by=None, due_at=due_at)).rowcount


def _lock(instance: str) -> str:
    return f"delivers {instance}"
