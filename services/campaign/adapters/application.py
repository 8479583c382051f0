"""The event-sourcing application of the campaign service: aggregates by id, and one way to record what they decided."""

from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import Mapper
from eventsourcing.utils import Environment

from services.campaign.adapters.recorder import GroupCommitRecorder
from services.campaign.application.store import Commit, Committed
from services.campaign.domain.events import EVENTS
from services.campaign.vault.leaf import EventTypes, LeafMapper


class CampaignApplication(Application[UUID]):
    """Takes its store as an argument, nothing from the process's environment. No snapshots, no cache."""

    name = "campaign"

    def __init__(self, store: GroupCommitRecorder, event_types: EventTypes = EVENTS) -> None:
        self.store = store
        self._event_types = event_types
        super().__init__({})

    def commit(self, request: Commit) -> Committed:
        """Record what handlers decided; see `application.store.Store.commit` for how it may be refused."""
        return self.store.commit(request)

    def construct_env(self, name: str, env: Any = None) -> Environment:
        return Environment(name, dict(env or {}))

    def construct_recorder(self) -> GroupCommitRecorder:
        return self.store

    def construct_mapper(self) -> Mapper[UUID]:
        return LeafMapper(self._event_types)

    def close(self) -> None:
        if not self.closing.is_set():
            self.store.close()
        super().close()
