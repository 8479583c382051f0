"""The event-sourcing application of the campaign service: aggregates by id, and one way to record what they decided."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import Mapper
from eventsourcing.utils import Environment

from services.campaign.adapters.sqlite_recorder import GroupCommitRecorder
from services.campaign.application.store import Commit, Committed
from services.campaign.domain.events import EVENTS
from services.campaign.vault.leaf import EventTypes, LeafMapper

RECORDER_TOPIC: Final = "services.campaign.adapters.sqlite_recorder:GroupCommitRecorder"


def sqlite_env(database: Path) -> dict[str, str]:
    return {
        "PERSISTENCE_MODULE": "eventsourcing.sqlite",
        "APPLICATION_RECORDER_TOPIC": RECORDER_TOPIC,
        "SQLITE_DBNAME": str(database),
    }


class CampaignApplication(Application[UUID]):
    """Takes all configuration as an argument, nothing from the process's environment. No snapshots, no cache."""

    name = "campaign"

    def __init__(self, env: Mapping[str, str], event_types: EventTypes = EVENTS) -> None:
        self._event_types = event_types
        super().__init__(dict(env))

    @property
    def store(self) -> GroupCommitRecorder:
        assert isinstance(self.recorder, GroupCommitRecorder)
        return self.recorder

    def commit(self, request: Commit) -> Committed:
        """Record what handlers decided; see `application.store.Store.commit` for how it may be refused."""
        return self.store.commit(request)

    def construct_env(self, name: str, env: Any = None) -> Environment:
        return Environment(name, dict(env or {}))

    def construct_mapper(self) -> Mapper[UUID]:
        return LeafMapper(self._event_types)

    def close(self) -> None:
        if not self.closing.is_set():
            self.store.close()
        super().close()
