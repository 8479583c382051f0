"""Reading the event store beside its writer: a few connections, each statement read to its end."""

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from services.campaign.adapters.schema import connect_reader
from services.campaign.application.store import Answer, HandOver, Kind, UniqueKey
from services.campaign.vault.keys import KeyPool
from services.campaign.vault.sealing import unseal_note
from services.kit.concurrency import run_blocking
from services.kit.failures import PermanentFailure, TemporaryFailure

Rows = list[tuple[Any, ...]]
_MANY: Final = 500
"""Parameters of one IN list, well below SQLite's limit."""


class ReadPool:
    """As many connections as readers at once; a statement never outlives its call, so none holds an old snapshot."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        with self._connection() as db:
            try:
                return db.execute(sql, parameters).fetchall()
            except sqlite3.OperationalError as error:
                raise TemporaryFailure("store-unreadable", retry_after=1.0) from error
            except sqlite3.Error as error:
                raise PermanentFailure("store-damaged") from error

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        found = self.rows(sql, parameters)
        return found[0] if found else None

    def among(self, sql: str, values: Sequence[Any]) -> Rows:
        """Rows of a query that ends in `IN`, for any number of values."""
        found: Rows = []
        for start in range(0, len(values), _MANY):
            part = values[start : start + _MANY]
            found += self.rows(f"{sql} ({','.join('?' * len(part))})", part)
        return found

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            db = self._idle.pop()
        except IndexError:
            db = connect_reader(self._path)
        try:
            yield db
        finally:
            self._idle.append(db)


class KeyReads:
    """Unique keys, first answers and mails to hand over."""

    pool: ReadPool
    keys: KeyPool

    def owners(self, key: bytes) -> list[UniqueKey]:
        return [_unique_key(row) for row in self.pool.rows("SELECT * FROM unique_keys WHERE key=?", (key,))]

    def owner(self, scope: UUID, kind: Kind, key: bytes) -> UUID | None:
        sought = "SELECT owner FROM unique_keys WHERE key=? AND scope=? AND kind=?"
        row = self.pool.row(sought, (key, scope.bytes, kind))
        return None if row is None else UUID(bytes=row[0])

    def held_by(self, owner: UUID) -> list[UniqueKey]:
        rows = run_blocking(self.pool.rows, "SELECT * FROM unique_keys WHERE owner=?", (owner.bytes,))
        return [_unique_key(row) for row in rows]

    def answer(self, scope: str, key: str) -> Answer | None:
        return answer_in(self.pool.row(ANSWER, (scope, key)))

    def waiting_hand_overs(self, limit: int) -> list[tuple[bytes, HandOver | None]]:
        """The oldest rows by id; None where the key is gone."""
        sought = "SELECT id, created_at, kind, campaign, subject, key_id, body FROM handover ORDER BY row LIMIT ?"
        return [(row[0], self._hand_over(*row)) for row in self.pool.rows(sought, (limit,))]

    def _hand_over(
        self, note_id: bytes, at: int, kind: str, campaign: bytes, subject: bytes | None, key_id: int, blob: bytes
    ) -> HandOver | None:
        key = self.keys.get(key_id)
        if key is None:
            return None
        note = UUID(bytes=note_id)
        body = unseal_note(key, note, blob)
        owner = None if subject is None else UUID(bytes=subject)
        return HandOver(note, instant(at), kind, UUID(bytes=campaign), body, owner)


ANSWER: Final = "SELECT scope, key, digest, answer, created_at FROM idempotency WHERE scope=? AND key=?"


def answer_in(row: tuple[Any, ...] | None) -> Answer | None:
    """The first answer in a row of ANSWER, read by a reader or within the writer's transaction."""
    if row is None:
        return None
    scope, key, digest, body, at = row
    return Answer(scope, key, digest, body, instant(at))


def instant(microseconds: int) -> datetime:
    seconds, rest = divmod(microseconds, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def _unique_key(row: tuple[Any, ...]) -> UniqueKey:
    key, scope, kind, owner = row
    return UniqueKey(UUID(bytes=scope), Kind(kind), key, UUID(bytes=owner))
