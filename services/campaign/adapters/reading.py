"""Reading the event store beside its writer, the same way on every database."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from services.campaign.application.store import Answer, HandOver, Kind, UniqueKey
from services.campaign.vault.keys import KeyPool
from services.campaign.vault.sealing import unseal_note

Rows = list[tuple[Any, ...]]
_MANY: Final = 500
"""Parameters of one IN list, well below any limit."""


class Pool(ABC):
    """Connections that read; a statement never outlives its call, so none holds an old snapshot.

    Statements are the same for every database: `?` stands for a parameter, identifiers are bytes, times microseconds.
    """

    @abstractmethod
    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """Raises TemporaryFailure `store-unreadable`, PermanentFailure `store-damaged`."""

    @abstractmethod
    def scan(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """The same for a statement that takes long."""

    @abstractmethod
    def close(self) -> None: ...

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


_KEYS: Final = "SELECT key, scope, kind, owner FROM unique_keys"


class KeyReads:
    """Unique keys, first answers and mails to hand over."""

    pool: Pool
    keys: KeyPool

    def owners(self, key: bytes) -> list[UniqueKey]:
        return [_unique_key(row) for row in self.pool.rows(f"{_KEYS} WHERE key=?", (key,))]

    def owner(self, scope: UUID, kind: Kind, key: bytes) -> UUID | None:
        sought = "SELECT owner FROM unique_keys WHERE key=? AND scope=? AND kind=?"
        row = self.pool.row(sought, (key, scope.bytes, int(kind)))
        return None if row is None else UUID(bytes=row[0])

    def held_by(self, owner: UUID) -> list[UniqueKey]:
        rows = self.pool.scan(f"{_KEYS} WHERE owner=?", (owner.bytes,))
        return [_unique_key(row) for row in rows]

    def answer(self, scope: str, key: str) -> Answer | None:
        return answer_in(self.pool.row(ANSWER, (scope, key)))

    def hand_overs_waiting(self) -> int:
        """How many, without opening one."""
        row = self.pool.row("SELECT count(*) FROM handover")
        return int(row[0]) if row else 0

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


RELEASE: Final = "DELETE FROM unique_keys WHERE key=? AND scope=? AND kind=? AND owner=?"


def released(key: UniqueKey) -> tuple[Any, ...]:
    """The parameters of RELEASE."""
    return key.key, key.scope.bytes, int(key.kind), key.owner.bytes


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
