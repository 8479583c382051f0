"""The event store: a recorder of the event-sourcing library whose every write goes through group commit."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, NoReturn, Protocol, cast
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    IntegrityError,
    Notification,
    NotSupportedError,
    StoredEvent,
)

from services.campaign.adapters.group_commit import MAX_QUEUE, GroupCommit, Job, Task, Wipe
from services.campaign.adapters.items import Item, Sealer, microseconds
from services.campaign.adapters.log_reads import EVERYTHING, LogReads
from services.campaign.adapters.reading import RELEASE, KeyReads, Pool, released
from services.campaign.application.store import Commit, Committed, HandOver, Pending, StaleVersion, StoreBusy, UniqueKey
from services.campaign.vault.encoder import StoredLeaf, encode
from services.campaign.vault.keys import KeyPool
from services.kit.failures import TemporaryFailure

_NOTIFICATIONS: Final = (
    "SELECT notification_id, originator_id, originator_version, topic, state FROM stored_events"
    " WHERE notification_id BETWEEN ? AND ?"
)
_FORGET_ANSWERS: Final = (
    "DELETE FROM idempotency WHERE row < coalesce("
    "(SELECT min(i.row) FROM idempotency i WHERE i.created_at>=?), 4611686018427387904)"
    " AND row < (SELECT min(i.row) FROM idempotency i) + ?"
)
FORGOTTEN_AT_ONCE: Final = 5000
"""Answers of one transaction: nobody joins while it lasts."""


class Writer(Protocol):
    """The one that writes, in one process: groups of items in one transaction, jobs each in its own."""

    def prepare(self, item: Item) -> None:
        """In the requester's thread, before the item joins a group."""
        ...

    def write(self, tasks: Sequence[Task]) -> None:
        """Leaves in each task its result or its error."""
        ...

    def tidy(self, written: int) -> None:
        """After the answers."""
        ...

    def close(self) -> None: ...


class GroupCommitRecorder(LogReads, KeyReads, ApplicationRecorder):
    """Implements the port `application.store.Store`, and the library's recorder for `app.save` and repositories."""

    def __init__(
        self, keys: KeyPool, pool: Pool, writer: Callable[[Sealer], Writer], *, max_queue: int = MAX_QUEUE
    ) -> None:
        self.keys = keys
        self.pool = pool
        self._listeners: list[Callable[[], None]] = []
        self._sealer = Sealer(keys, self.first_key_id)
        self._writer = writer(self._sealer)
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
            item = self._send(cast(Sequence[StoredLeaf], stored_events), Commit())
            return cast(Committed, item.wait()).positions
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
        last = EVERYTHING if stop is None else stop
        wanted = f" AND topic IN ({','.join('?' * len(topics))})" if topics else ""
        sought = f"{_NOTIFICATIONS}{wanted} ORDER BY notification_id LIMIT ?"
        rows = self.pool.rows(sought, (first, last, *topics, limit))
        return [Notification(UUID(bytes=stream), n, topic, state, at) for at, stream, n, topic, state in rows]

    def max_notification_id(self) -> int:
        return self.head()

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> NoReturn:
        """Followers poll `select_leaves`, woken by `listen`."""
        raise NotSupportedError

    def listen(self, wake: Callable[[], None]) -> None:
        self._listeners.append(wake)

    def busy(self) -> bool:
        return self._group.busy()

    def observe(self, measure: Callable[[int, float], None]) -> None:
        self._group.observe(measure)

    def queued(self) -> int:
        """How many requests wait to be written."""
        return self._group.queued()

    def release(self, keys: Sequence[UniqueKey]) -> None:
        self._change(RELEASE, [released(key) for key in keys])

    def forget_answers(self, before: datetime) -> int:
        forgotten = 0
        while done := self._change(_FORGET_ANSWERS, [(microseconds(before), FORGOTTEN_AT_ONCE)]):
            forgotten += done
        return forgotten

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

    def remove_content(self, event_ids: Sequence[UUID]) -> None:
        self._change("DELETE FROM content WHERE event_id=?", [(event_id.bytes,) for event_id in event_ids])
        self._wipe()

    def delete_sealed(self, key_ids: Sequence[int]) -> None:
        self._change("DELETE FROM sealed WHERE key_id=?", [(key_id,) for key_id in key_ids])
        self._wipe()

    def _delete_hand_overs(self, ids: Sequence[bytes]) -> None:
        self._change("DELETE FROM handover WHERE id=?", [(note_id,) for note_id in ids])

    def _send(self, leaves: Sequence[StoredLeaf], request: Commit) -> Item:
        item = self._sealer.prepare(leaves, request)
        try:
            self._writer.prepare(item)
            self._group.enqueue(item)
        except BaseException:
            self._sealer.settle(item, refused=True)
            raise
        return item

    def _change(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> int:
        """How many rows a statement changed, run once for each of `rows`."""
        return cast(int, self._do(lambda run: run(sql, rows))) if rows else 0

    def _do(self, work: Callable[[Callable[..., int]], Any]) -> Any:
        return self._group.submit(Job(work))

    def _wipe(self) -> None:
        """What was deleted leaves the database's own log too; readers may be in the way for a moment."""
        for _ in range(50):
            if self._group.submit(Wipe()):
                return
            time.sleep(0.1)
        raise TemporaryFailure("store-busy", retry_after=5.0)

    def _after_write(self, written: int) -> None:
        for wake in self._listeners:
            wake()
        self._writer.tidy(written)
