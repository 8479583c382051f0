"""What time itself does: deadlines lapse, promises break, ballots close; each once, however many timers run."""

from collections.abc import Callable
from datetime import date
from typing import Final, TypeVar
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.campaign.application.case import Desk
from services.campaign.application.store import Commit, StaleVersion, decided
from services.campaign.domain.ballot import Ballot
from services.campaign.domain.base import Act
from services.campaign.domain.contact import Contact
from services.campaign.domain.filing import Filing
from services.kit.failures import TemporaryFailure

TRIES: Final = 5
A = TypeVar("A", bound=Aggregate)


def lapse_deadline(desk: Desk, filing: UUID, deadline: date) -> bool:
    """Whether the deadline lapsed now; not when it was answered, extended or lapsed before."""
    return _settle(desk, Filing, filing, lambda found, act: found.lapse(act, deadline))


def break_promise(desk: Desk, contact: UUID, promise: UUID) -> bool:
    return _settle(desk, Contact, contact, lambda found, act: found.break_promise(act, promise))


def close_ballot(desk: Desk, ballot: UUID) -> bool:
    return _settle(desk, Ballot, ballot, lambda found, act: found.close(act))


def _settle(desk: Desk, kind: type[A], aggregate_id: UUID, settle: Callable[[A, Act], None]) -> bool:
    """Raises TemporaryFailure when others keep recording in between: call again."""
    for _ in range(TRIES):
        aggregate = desk.aggregates.load(kind, aggregate_id)
        settle(aggregate, desk.act("system", None))
        events = decided(aggregate)
        if not events:
            return False
        try:
            desk.store.commit(Commit(events))
            return True
        except StaleVersion:
            continue
    raise TemporaryFailure("timer-contended")
