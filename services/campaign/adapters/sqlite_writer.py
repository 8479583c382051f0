"""The one connection that writes: groups of items in one transaction, and jobs that tidy up, each in its own."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from services.campaign.adapters.group_commit import Job, Task, Wipe
from services.campaign.adapters.items import Item, Sealer, hand_over_row
from services.campaign.adapters.schema import connect_writer, prepare
from services.campaign.adapters.sqlite_batch import Batch
from services.campaign.application.store import StaleVersion, Taken
from services.campaign.domain.base import DomainError
from services.kit.concurrency import run_blocking
from services.kit.failures import PermanentFailure, TemporaryFailure

CHECKPOINT_EVERY: Final = 400
"""Written tasks between two checkpoints of the write-ahead log."""


class SqliteWriter:
    """Writes what `GroupCommit` hands over; used by its thread alone."""

    def __init__(self, path: str, sealer: Sealer) -> None:
        self._db = connect_writer(path)
        prepare(self._db)
        self._sealer = sealer
        self._since_checkpoint = 0

    def prepare(self, item: Item) -> None:
        """Nothing: the mail of a refusal is sealed when it comes to it."""

    def write(self, tasks: Sequence[Task]) -> None:
        items = [task for task in tasks if isinstance(task, Item)]
        if items:
            self._write_items(items)
        for task in tasks:
            if isinstance(task, Job):
                self._run(task)
            elif isinstance(task, Wipe):
                task.result = self.checkpoint("TRUNCATE")

    def tidy(self, written: int) -> None:
        """After the answers: the log of the database is emptied now and then, so that it does not grow for ever."""
        self._since_checkpoint += written
        if self._since_checkpoint >= CHECKPOINT_EVERY:
            self._since_checkpoint = 0
            self.checkpoint("PASSIVE")

    def checkpoint(self, mode: str) -> bool:
        """Moves the write-ahead log into the file; TRUNCATE empties it. False when readers were in the way."""
        busy, _, _ = run_blocking(self._all, f"PRAGMA wal_checkpoint({mode})")[0]
        return not busy

    def close(self) -> None:
        self.checkpoint("TRUNCATE")
        self._db.close()

    def _write_items(self, items: Sequence[Item]) -> None:
        try:
            try:
                self._transaction(lambda: self._together(items))
            except sqlite3.OperationalError:
                raise
            except Exception:
                self._transaction(lambda: self._one_by_one(items))
        except sqlite3.Error as error:
            for item in items:
                item.result, item.error = None, _failure(error)
        for item in items:
            self._sealer.settle(item)

    def _together(self, items: Sequence[Item]) -> None:
        batch = Batch(self._db)
        for item in items:
            self._add(batch, item)
        batch.flush()

    def _one_by_one(self, items: Sequence[Item]) -> None:
        """The same, each item in a savepoint: what fails, fails alone."""
        for item in items:
            item.result = item.error = None
            self._db.execute("SAVEPOINT item")
            try:
                batch = Batch(self._db)
                self._add(batch, item)
                batch.flush()
            except sqlite3.OperationalError:
                raise
            except Exception as error:
                item.result, item.error = None, _refusal(item, error)
                self._db.execute("ROLLBACK TO item")
            self._db.execute("RELEASE item")

    def _add(self, batch: Batch, item: Item) -> None:
        try:
            item.result = batch.add(item)
        except Taken as refusal:
            item.error = refusal
            self._note_taken(batch, item, refusal)
        except DomainError as refusal:
            item.error = refusal

    def _note_taken(self, batch: Batch, item: Item, refusal: Taken) -> None:
        """What the refusing transaction leaves: the mail to the key's owner, and the answer given."""
        note = item.request.on_taken
        if note is None:
            return
        key = item.note_key = item.note_key or (item.fresh[-1] if item.fresh else self._sealer.take())
        batch.note_hand_over(hand_over_row(replace(note, subject=note.subject or refusal.owner), key))
        if item.request.answer is not None:
            batch.note_answer(item.request.answer)

    def _run(self, job: Job) -> None:
        def work() -> None:
            job.result = job.work(lambda sql, rows: self._db.executemany(sql, rows).rowcount)

        try:
            self._transaction(work)
        except Exception as error:
            job.result, job.error = None, _failure(error)

    def _transaction(self, work: Callable[[], None]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            work()
            run_blocking(self._all, "COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

    def _all(self, statement: str) -> list[Any]:
        """A cursor left open in a native thread would make the next COMMIT fail."""
        return self._db.execute(statement).fetchall()


def _refusal(item: Item, error: Exception) -> Exception:
    if isinstance(error, sqlite3.IntegrityError) and item.leaves:
        return StaleVersion(item.leaves[0].stream, item.leaves[0].originator_version)
    return _failure(error)


def _failure(error: Exception) -> Exception:
    busy = isinstance(error, sqlite3.OperationalError)
    failure = TemporaryFailure("store-failed", retry_after=1.0) if busy else PermanentFailure("store-refused")
    failure.__cause__ = error
    return failure
