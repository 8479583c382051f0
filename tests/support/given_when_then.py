"""Given an aggregate's past, when something is done, then events or a refusal: the sentences of domain tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.campaign.domain.base import Act, DomainError, Role
from services.contracts.codes import Refused

NOW = datetime(2026, 3, 2, 2, 5, 17, 431_000, tzinfo=UTC)


def act(role: Role = "member", actor: UUID | None = None, at: datetime = NOW) -> Act:
    return Act(at, role, None if role == "system" else actor or uuid4(), uuid4)


def later(**time: float) -> datetime:
    return NOW + timedelta(**time)


def then(aggregate: Any, *event_types: type) -> list[Any]:
    """Exactly these are the aggregate's new events; replaying all of its events gives the same state."""
    events = list(aggregate.collect_events())
    assert [type(event) for event in events] == list(event_types)
    return events


def settled(aggregate: Any) -> Any:
    """The aggregate with its events so far taken as its past."""
    aggregate.collect_events()
    return aggregate


@contextmanager
def refuses(code: str, **facts: object) -> Iterator[None]:
    """What is done here is refused with this code, and these facts are among those it tells."""
    with pytest.raises(DomainError) as refusal:
        yield
    assert refusal.value.code == code
    assert {name: refusal.value.facts.get(name) for name in facts} == facts


@contextmanager
def refused(code: str, **facts: object) -> Iterator[None]:
    """The same, as it crosses the doors of the service."""
    with pytest.raises(Refused) as refusal:
        yield
    assert refusal.value.code == code
    assert {name: refusal.value.facts.get(name) for name in facts} == facts


def replayed(events: list[Any]) -> Any:
    aggregate: Any = None
    for event in events:
        aggregate = event.mutate(aggregate)
    return aggregate
