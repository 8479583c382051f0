"""Aggregates by id, as the use cases ask for them."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from eventsourcing.domain import Aggregate
from eventsourcing.persistence import StoredEvent

from services.campaign.adapters.application import CampaignApplication
from services.campaign.domain.base import DomainError, Recorded
from services.campaign.vault.leaf import LeafMapper

A = TypeVar("A", bound=Aggregate)


class StoredAggregates:
    """Implements `application.ports.Aggregates`: `load` opens no personal field, `history` opens what there is."""

    def __init__(self, application: CampaignApplication) -> None:
        self._store = application.store
        self._mapper = application.mapper

    def load(self, kind: type[A], aggregate_id: UUID) -> A:
        return self._replay(kind, aggregate_id, self._events(self._store.closed_stream(aggregate_id)))

    def history(self, kind: type[A], aggregate_id: UUID) -> tuple[A, Sequence[Recorded]]:
        events = self._events(self._store.stream(aggregate_id, None, None, False, None))
        return self._replay(kind, aggregate_id, events), events

    def _events(self, stored: Iterable[StoredEvent]) -> list[Recorded]:
        assert isinstance(self._mapper, LeafMapper)
        return [self._mapper.to_domain_event(event) for event in stored]

    def _replay(self, kind: type[A], aggregate_id: UUID, events: Sequence[Recorded]) -> A:
        aggregate: Any = None
        for event in events:
            aggregate = event.mutate(aggregate)
        if not isinstance(aggregate, kind):
            raise DomainError("not-found", id=aggregate_id)
        return aggregate
