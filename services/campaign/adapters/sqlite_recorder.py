"""The event store on SQLite: a recorder of the event-sourcing library whose every write goes through group commit."""

import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

import orjson
from eventsourcing.persistence import IntegrityError, Notification, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from services.campaign.adapters.batch import release
from services.campaign.adapters.group_commit import MAX_QUEUE, GroupCommit
from services.campaign.adapters.items import Sealer, microseconds
from services.campaign.adapters.log_reads import LogReads
from services.campaign.adapters.reading import KeyReads, ReadPool
from services.campaign.adapters.writer import Checkpoint, Job, Writer
from services.campaign.application.store import Commit, Committed, HandOver, Pending, StaleVersion, StoreBusy, UniqueKey
from services.campaign.vault.encoder import StoredLeaf, encode
from services.campaign.vault.keys import KeyPool
from services.kit.failures import TemporaryFailure

_NOTIFICATIONS: Final = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE notification_id BETWEEN ? AND ? AND (?='[]' OR topic IN (SELECT value FROM json_each(?)))"
    " ORDER BY notification_id LIMIT ?"
)
_FORGET_ANSWERS: Final = (
    "DELETE FROM idempotency WHERE row < coalesce((SELECT min(row) FROM idempotency WHERE created_at>=?), 1 << 62)"
)


class GroupCommitRecorder(LogReads, KeyReads, SQLiteApplicationRecorder):
    """Implements the port `application.store.Store`, and the library's recorder for `app.save` and repositories.

    Exactly one process may write (the folder lock sees to it). It works after `start`.
    """

    def __init__(self, datastore: SQLiteDatastore, events_table_name: str = "stored_events") -> None:
        super().__init__(datastore, events_table_name)
        self._listeners: list[Callable[[], None]] = []

    def create_table(self) -> None:
        """The schema is made by the writer, at `start`."""

    def start(self, keys: KeyPool, *, max_queue: int = MAX_QUEUE) -> None:
        path = self.datastore.pool.db_name
        self.keys = keys
        self.pool = ReadPool(path)
        self._sealer = Sealer(keys, self.first_key_id)
        self._writer = Writer(path, self._sealer)
        self._group = GroupCommit(self._writer.write, self._after_write, max_queue=max_queue)

    def close(self) -> None:
        """What was accepted is written; later requests get StoreBusy."""
        self._group.close()
        self.pool.close()
        self._writer.close()

    def commit(self, request: Commit) -> Committed:
        return self.begin(request).wait()

    def begin(self, request: Commit) -> Pending:
        if self._group.full():
            raise StoreBusy
        return self._send([encode(event) for event in request.events], request)

    def insert_events(self, stored_events: Sequence[StoredEvent], **_: Any) -> Sequence[int]:
        """The library's way in (`app.save`); raises its IntegrityError for a stale version."""
        try:
            return self._send(cast(Sequence[StoredLeaf], stored_events), Commit()).wait().positions
        except StaleVersion as stale:
            raise IntegrityError(stale.code) from stale

    def select_events(
        self, originator_id: UUID | str, *, gt: int | None = None, lte: int | None = None, desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:  # fmt: skip
        assert isinstance(originator_id, UUID)
        return self.stream(originator_id, gt, lte, desc, limit)

    def select_notifications(
        self, start: int | None, limit: int, stop: int | None = None, topics: Sequence[str] = (), *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:  # fmt: skip
        first = 0 if start is None else start if inclusive_of_start else start + 1
        last = 1 << 62 if stop is None else stop
        wanted = orjson.dumps(list(topics)).decode()
        rows = self.pool.rows(_NOTIFICATIONS, (first, last, wanted, wanted, limit))
        return [Notification(UUID(bytes=stream), n, topic, state, at) for at, stream, n, topic, state in rows]

    def max_notification_id(self) -> int:
        return self.head()

    def listen(self, wake: Callable[[], None]) -> None:
        self._listeners.append(wake)

    def busy(self) -> bool:
        return self._group.busy()

    def release(self, keys: Sequence[UniqueKey]) -> None:
        self._do(lambda db: release(db, keys))

    def forget_answers(self, before: datetime) -> int:
        return cast(int, self._do(lambda db: db.execute(_FORGET_ANSWERS, (microseconds(before),)).rowcount))

    def hand_overs(self, limit: int) -> list[HandOver]:
        """A row whose key is gone was handed over: something came between the end of its key and its own."""
        while True:
            waiting = self.waiting_hand_overs(limit)
            gone = [note_id for note_id, note in waiting if note is None]
            if not gone:
                return [note for _, note in waiting if note is not None]
            self._delete_hand_overs(gone)

    def forget_hand_overs(self, ids: Sequence[UUID]) -> None:
        sought = [note_id.bytes for note_id in ids]
        self.keys.destroy([row[0] for row in self.pool.among("SELECT key_id FROM handover WHERE id IN", sought)])
        self._delete_hand_overs(sought)

    def _delete_hand_overs(self, ids: Sequence[bytes]) -> None:
        gone = [(note_id,) for note_id in ids]
        if gone:
            self._do(lambda db: db.executemany("DELETE FROM handover WHERE id=?", gone).rowcount)

    def remove_content(self, event_ids: Sequence[UUID]) -> None:
        gone = [(event_id.bytes,) for event_id in event_ids]
        self._do(lambda db: db.executemany("DELETE FROM content WHERE event_id=?", gone).rowcount)
        self._wipe()

    def delete_sealed(self, key_ids: Sequence[int]) -> None:
        gone = [(key_id,) for key_id in key_ids]
        self._do(lambda db: db.executemany("DELETE FROM sealed WHERE key_id=?", gone).rowcount)
        self._wipe()

    def _send(self, leaves: Sequence[StoredLeaf], request: Commit) -> Pending:
        item = self._sealer.prepare(leaves, request)
        try:
            self._group.enqueue(item)
        except StoreBusy:
            self._sealer.give_back(item)
            raise
        return item

    def _do(self, work: Callable[[sqlite3.Connection], Any]) -> Any:
        return self._group.submit(Job(work))

    def _wipe(self) -> None:
        """What was deleted leaves the write-ahead log too; readers may be in the way for a moment."""
        for _ in range(50):
            if self._group.submit(Checkpoint()):
                return
            time.sleep(0.1)
        raise TemporaryFailure("store-busy", retry_after=5.0)

    def _after_write(self, written: int) -> None:
        for wake in self._listeners:
            wake()
        self._writer.tidy(written)
