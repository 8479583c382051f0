"""The writer on PostgreSQL: a group of items is one call and one round trip; several processes take turns."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Final

import psycopg

from services.campaign.adapters import postgres_arrays as arrays
from services.campaign.adapters.group_commit import Job, Task, Wipe
from services.campaign.adapters.items import Item, Sealer
from services.campaign.adapters.postgres_batch import CALL, Group, refuse_holes
from services.campaign.adapters.postgres_newcomers import CALL_NEWCOMERS, Newcomers
from services.campaign.adapters.postgres_outcome import Backend, stored_already
from services.campaign.adapters.postgres_pool import Address, BoundedConnection, passing, spelled
from services.campaign.adapters.waves import in_waves
from services.campaign.application.store import Committed
from services.campaign.domain.base import DomainError
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.sql.postgres import plan_outdated

LOCK: Final = "SELECT pg_advisory_xact_lock(4846226611)"
"""The lock of the writing calls: whoever changes what they decide upon takes it too."""
_PLANS: Final = (
    "SET enable_seqscan TO off; SET enable_hashjoin TO off; SET enable_mergejoin TO off;"
    " SET plan_cache_mode TO force_generic_plan"
)
"""`append_events` looks up few rows in tables that may be large or were empty a moment ago: by their indexes, and by
one plan for all groups. Said once a connection; said by the function itself it costs a sixth of each call."""
PATIENCE_SECONDS: Final = 10.0
"""How long people wait to be told what became of their request when the connection broke in between."""
ATTEMPTS: Final = 3


class PostgresWriter:
    """Writes what `GroupCommit` hands over; used by its thread alone."""

    def __init__(self, address: Address, sealer: Sealer, patience: float = PATIENCE_SECONDS) -> None:
        self._address = address
        self._sealer = sealer
        self._patience = patience
        self._db: psycopg.Connection[Any] | None = None
        self._backend: Backend | None = None

    def prepare(self, item: Item) -> None:
        """What only the database will find out has to be ready before it is asked."""
        refuse_holes(item.leaves)
        self._sealer.seal_if_taken(item)

    def write(self, tasks: Sequence[Task]) -> None:
        items = [task for task in tasks if isinstance(task, Item)]
        self._write_items(items, ATTEMPTS)
        for item in items:
            self._sealer.settle(item)
        for task in tasks:
            if isinstance(task, Job):
                self._run(task)
            elif isinstance(task, Wipe):
                task.result = True

    def tidy(self, written: int) -> None:
        """Those who were just answered go on before the next group is taken: what they bring at once is part of it.

        Else two halves of a crowd take turns, each in a call of its own. No timer: who is alone waits for nobody.
        """
        time.sleep(0)

    def close(self) -> None:
        if self._db is not None:
            self._db.close()

    def _write_items(self, items: Sequence[Item], attempts: int) -> None:
        while items:
            waves = in_waves(items)
            self._write_group(items[: len(waves)], waves, attempts)
            items = items[len(waves) :]

    def _write_group(self, items: Sequence[Item], waves: Sequence[int], attempts: int) -> None:
        try:
            self._append(items, waves)
        except Exception as error:
            if self._db is not None and plan_outdated(error):
                self._db.close()
            if self._db is not None and self._db.closed:
                self._find_out(items, error, attempts - 1)
            elif passing(error):
                _fail(items, TemporaryFailure("store-failed", retry_after=1.0), error)
            elif len(items) == 1:
                _fail(items, PermanentFailure("store-refused"), error)
            else:
                half = len(items) // 2
                self._write_items(items[:half], attempts)
                self._write_items(items[half:], attempts)

    def _append(self, items: Sequence[Item], waves: Sequence[int]) -> None:
        newcomers = Newcomers.of(items, waves)
        if newcomers is not None and self._append_newcomers(newcomers):
            return
        group = Group(items, waves)
        positions, indexes, refusals = self._called(CALL, group.parameters())
        group.settle(positions or [], indexes or [], refusals or [])

    def _append_newcomers(self, newcomers: Newcomers) -> bool:
        """False where nothing was written, because the call for everybody has to decide."""
        try:
            head, size, taken, owners = self._called(CALL_NEWCOMERS, newcomers.parameters())
        except psycopg.errors.UniqueViolation:
            return False
        if head is None:
            return False
        newcomers.settle(head, size, taken, owners)
        return True

    def _called(self, call: str, parameters: Sequence[Any]) -> tuple[Any, ...]:
        answer: tuple[Any, ...] | None = (
            self._connection().execute(call, parameters, prepare=True, binary=True).fetchone()
        )
        assert answer is not None
        return answer

    def _find_out(self, items: Sequence[Item], lost: Exception, attempts: int) -> None:
        """The connection broke before the answer came: what was stored is told as stored, the rest is written again.

        What is written again is sealed again, and no key of the lost call serves any more: it may have refused the
        request and left its mail, sealed under one of them.
        """
        try:
            stored = self._asked_until(time.monotonic() + self._patience, items)
        except (psycopg.Error, TemporaryFailure):
            _fail(items, TemporaryFailure("store-failed", retry_after=1.0), lost)
            for item in items:
                self._sealer.forget(item)
            return
        missing: list[Item] = []
        for item, committed in zip(items, stored, strict=True):
            if committed is None:
                missing += self._sealed_again(item)
            else:
                item.result = committed
        if attempts > 0:
            self._write_items(missing, attempts)
        else:
            _fail(missing, TemporaryFailure("store-failed", retry_after=1.0), lost)

    def _sealed_again(self, item: Item) -> list[Item]:
        """The item with other keys; nothing where that fails, which is then its own failure."""
        self._sealer.forget(item)
        try:
            again = self._sealer.prepare(item.leaves, item.request)
            item.seals, item.hand_overs, item.relies_on = again.seals, again.hand_overs, again.relies_on
            item.fresh = again.fresh
            self._sealer.seal_if_taken(item)
        except (DomainError, TemporaryFailure, PermanentFailure) as error:
            item.error = error
            return []
        return [item]

    def _asked_until(self, deadline: float, items: Sequence[Item]) -> list[Committed | None]:
        broken = self._backend
        while True:
            try:
                db = self._connection()
                if broken is not None:
                    broken.end(db)
                return stored_already(db, items)
            except (psycopg.Error, TemporaryFailure):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _connection(self) -> "psycopg.Connection[Any]":
        if self._db is None or self._db.closed:
            db = self._address.connect(BoundedConnection)
            arrays.register(db)
            db.execute(_PLANS)
            self._backend = Backend.of(db)
            self._db = db
        return self._db

    def _run(self, job: Job) -> None:
        try:
            db = self._connection()
            with db.transaction():
                db.execute(LOCK)
                job.result = job.work(_runner(db))
        except Exception as error:
            failure = TemporaryFailure("store-failed", retry_after=1.0) if passing(error) else None
            _fail([job], failure or PermanentFailure("store-refused"), error)


def _runner(db: "psycopg.Connection[Any]") -> Callable[..., int]:
    def run(sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
        with db.cursor() as cursor:
            cursor.executemany(spelled(sql), rows)
            return cursor.rowcount

    return run


def _fail(tasks: Sequence[Task], failure: Exception, cause: Exception) -> None:
    failure.__cause__ = cause
    for task in tasks:
        task.result, task.error = None, failure
