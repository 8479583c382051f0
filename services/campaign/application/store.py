"""The port to the event store: what a decision asks to be recorded, what comes back, how it may be refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any, Protocol, cast
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.campaign.domain.base import DomainError, ErasedType, Recorded
from services.kit.failures import TemporaryFailure


class Kind(IntEnum):
    """What a unique key is unique for."""

    MEMBER = 1
    ORGANIZER = 2
    AUDITOR = 3
    OPEN_FILING = 4
    VOTE = 5
    FORMER_MEMBER = 6
    """A membership that ended: scope and owner are its subject, so that its person may still see and erase it."""
    EVIDENCE = 7
    """The n-th piece of one member: two uploads at once cannot both pass the limit."""


@dataclass(frozen=True, slots=True)
class UniqueKey:
    """A right that one owner holds at a time within its scope (a campaign); `key` is a keyed hash."""

    scope: UUID
    kind: Kind
    key: bytes
    owner: UUID


@dataclass(frozen=True, slots=True)
class HandOver:
    """A mail that follows from no event, with its address in `body`: sealed when stored, destroyed when forgotten.

    Given as `on_taken`, `subject` None stands for the owner who holds the key.
    """

    id: UUID
    at: datetime
    kind: str
    campaign: UUID
    body: bytes = field(repr=False)
    subject: UUID | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The first answer to a request with an `Idempotency-Key`; `digest` is of the request it answers."""

    scope: str
    key: str
    digest: bytes
    body: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Commit:
    """All of it is recorded in one transaction, or nothing.

    `need_open` names a campaign that must be open at that very moment. `on_taken` is written, with the answer, by the
    transaction that refuses because a claimed key has another owner. `correlation` names the request that led to it,
    for logs and followers; it is kept beside the events, never in a leaf.
    """

    events: Sequence[Recorded] = ()
    claims: Sequence[UniqueKey] = ()
    releases: Sequence[UniqueKey] = ()
    need_open: UUID | None = None
    on_taken: HandOver | None = None
    hand_overs: Sequence[HandOver] = ()
    answer: Answer | None = None
    correlation: str | None = None


def decided(*aggregates: Aggregate) -> list[Recorded]:
    """The events that these aggregates triggered and that are not recorded yet, in this order."""
    return [cast(Recorded, event) for aggregate in aggregates for event in aggregate.collect_events()]


@dataclass(frozen=True, slots=True)
class Committed:
    """Durable: each event's place in the global order (from 1) and in its campaign's log (from 0)."""

    positions: Sequence[int]
    log_indexes: Sequence[int]


class Pending(Protocol):
    """On its way to be written."""

    def wait(self) -> Committed:
        """As `Store.commit` answers and refuses; to be called once."""
        ...


class Taken(DomainError):
    """A claimed key belongs to another owner."""

    def __init__(self, kind: Kind, owner: UUID) -> None:
        super().__init__("taken", kind=kind, owner=owner)
        self.kind = kind
        self.owner = owner


class CampaignNotOpen(DomainError):
    def __init__(self, campaign: UUID, state: str) -> None:
        super().__init__("campaign-not-open", campaign=campaign, state=state)


class StaleVersion(DomainError):
    """Someone else recorded an event of the same stream meanwhile: load again and decide again."""

    def __init__(self, stream: UUID, version: int) -> None:
        super().__init__("stale-stream", stream=stream, version=version)
        self.stream = stream


class AlreadyAnswered(DomainError):
    """The same request was answered meanwhile; its answer is to be given again."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("already-answered")
        self.answer = answer


class StoreBusy(TemporaryFailure):
    """More waits to be written than the queue may hold."""

    def __init__(self, retry_after: float = 1.0) -> None:
        super().__init__("store-busy", retry_after=retry_after)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One row of the log as followers read it; `state` is the public leaf's bytes."""

    position: int
    campaign: UUID
    log_index: int
    type: str
    state: bytes
    correlation: str | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure on record: what it says is to be destroyed, whatever was destroyed already."""

    subject: UUID
    campaign: UUID
    key_ids: Sequence[int]


Opened = dict[str, Any] | ErasedType


class Store(Protocol):
    """One event store; every write goes through its one writer, readers never wait for it.

    All may raise TemporaryFailure (StoreBusy is one) when the store is busy or away.
    """

    def commit(self, request: Commit) -> Committed:
        """Returns once durable. Raises Taken, CampaignNotOpen, StaleVersion, AlreadyAnswered, DomainError `erased`."""
        ...

    def begin(self, request: Commit) -> Pending:
        """Returns at once, so that one caller can send several and then wait for them; raises StoreBusy, `erased`."""
        ...

    def head(self) -> int:
        """The last position; 0 when the store is empty."""
        ...

    def size(self, campaign: UUID) -> int: ...
    def state(self, campaign: UUID) -> str | None: ...

    def select_leaves(self, after: int, limit: int) -> list[Leaf]:
        """For followers: positions after `after`, in order and without a hole."""
        ...

    def leaves(self, campaign: UUID, start: int, limit: int) -> list[Leaf]:
        """One campaign's log from index `start`."""
        ...

    def open_event(self, position: int) -> Opened:
        """The committed fields of one event by name, as JSON values; Erased when its personal ones are gone."""
        ...

    def open_events(self, positions: Sequence[int]) -> dict[int, Opened]: ...

    def content(self, event_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
        """The public words of events; an event whose words were removed, or that has none, is left out."""
        ...

    def owners(self, key: bytes) -> list[UniqueKey]:
        """Everything this key holds, in all campaigns."""
        ...

    def owner(self, scope: UUID, kind: Kind, key: bytes) -> UUID | None: ...
    def held_by(self, owner: UUID) -> list[UniqueKey]:
        """Every key of an owner, found by a scan: for erasure and its proof, not for requests."""
        ...

    def answer(self, scope: str, key: str) -> Answer | None: ...
    def forget_answers(self, before: datetime) -> int: ...

    def hand_overs(self, limit: int) -> list[HandOver]:
        """The oldest that still wait to be handed over."""
        ...

    def forget_hand_overs(self, ids: Sequence[UUID]) -> None:
        """Handed over: rows and their keys are destroyed."""
        ...

    def release(self, keys: Sequence[UniqueKey]) -> None: ...
    def remove_content(self, event_ids: Sequence[UUID]) -> None: ...
    def delete_sealed(self, key_ids: Sequence[int]) -> None: ...
    def sealed_under(self, key_ids: Sequence[int]) -> list[int]:
        """Positions of the events with fields sealed under these keys."""
        ...

    def key_ids(self, holder: UUID) -> list[int]:
        """The keys that seal a holder's fields: what SubjectErased has to name."""
        ...

    def unfinished_erasures(self) -> list[Erasure]: ...

    def listen(self, wake: Callable[[], None]) -> None:
        """`wake` is called after each commit, in the writer: it must return at once."""
        ...

    def busy(self) -> bool:
        """Whether people's requests are being written or wait: background work should rest."""
        ...
