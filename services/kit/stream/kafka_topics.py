"""Kafka's topics as the contract says: made where they are missing, compared where they are there, never changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.contracts.topics import Topic
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.stream import kafka_clients as clients
from services.kit.stream.kafka_failures import translated
from services.kit.stream.kafka_library import ConfigResource, errors
from services.kit.stream.kafka_settings import KafkaSettings

START_SECONDS: Final = 60.0
DAY_MS: Final = 86_400_000
TOMBSTONE_DAYS: Final = 30
"""How long a reader of a compacted topic may stand still and yet learn that a key is gone."""
_GRAVE: Final = frozenset(("partitions", "cleanup.policy", "retention.ms", "delete.retention.ms"))


@dataclass(frozen=True)
class Difference:
    """A topic that is there, and not as the contract says. Grave: records would be lost, or go to a wrong partition."""

    topic: str
    setting: str
    found: str
    wanted: str

    @property
    def grave(self) -> bool:
        return self.setting in _GRAVE


def create_topics(
    settings: KafkaSettings, topics: Sequence[Topic], patience: float = START_SECONDS
) -> tuple[list[str], list[Difference]]:
    """The names of those made now, and how those that were there differ.

    Waits for a broker that is just starting. Raises TemporaryFailure, and PermanentFailure when it refuses us.
    """
    admin = _patiently(lambda: clients.admin(settings, "chorus-topics"), patience)
    try:
        with translated():
            return _create(admin, settings, topics)
    finally:
        admin.close()


def compare_topics(settings: KafkaSettings, topics: Sequence[Topic]) -> tuple[list[str], list[Difference]]:
    """The names of those that are missing, and how the others differ; makes nothing, waits for nobody."""
    with translated():
        admin = clients.admin(settings, "chorus-doctor")
        try:
            there = set(admin.list_topics())
            known = [topic for topic in topics if topic.name in there]
            return sorted(topic.name for topic in topics if topic.name not in there), (
                _differences(admin, settings, known) if known else []
            )
        finally:
            admin.close()


def _patiently(connect: Callable[[], Any], patience: float) -> Any:
    until = time.monotonic() + patience
    while True:
        try:
            with translated():
                return connect()
        except TemporaryFailure:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def _create(admin: Any, settings: KafkaSettings, topics: Sequence[Topic]) -> tuple[list[str], list[Difference]]:
    there = set(admin.list_topics())
    missing = {topic.name: _wanted(topic, settings.replication) for topic in topics if topic.name not in there}
    if missing:
        answer = admin.create_topics(missing, raise_errors=False)
        missing = {one["name"]: missing[one["name"]] for one in answer["topics"] if _made(one)}
        admin.wait_for_topics([topic.name for topic in topics])
    known = [topic for topic in topics if topic.name not in missing]
    return sorted(missing), _differences(admin, settings, known) if known else []


def _made(answer: dict[str, Any]) -> bool:
    """False when another call made it a moment ago."""
    error = errors.for_code(answer["error_code"])
    if error is errors.TopicAlreadyExistsError:
        return False
    if error is errors.InvalidReplicationFactorError:
        raise PermanentFailure("too-few-brokers-for-the-replication")
    if error is not errors.NoError:
        raise error(answer.get("error_message"))
    return True


def _wanted(topic: Topic, replication: int) -> dict[str, Any]:
    days = topic.retention_days
    configs = {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "retention.ms": "-1" if days is None else str(days * DAY_MS),
        "retention.bytes": "-1",
        "min.insync.replicas": str(max(1, replication - 1)),
    }
    if topic.compacted:
        configs["delete.retention.ms"] = str(TOMBSTONE_DAYS * DAY_MS)
    return {"num_partitions": topic.partitions, "replication_factor": replication, "configs": configs}


def _differences(admin: Any, settings: KafkaSettings, topics: Sequence[Topic]) -> list[Difference]:
    names = [topic.name for topic in topics]
    described = {one["name"]: one["partitions"] for one in admin.describe_topics(names)}
    resources = [ConfigResource("TOPIC", name) for name in names]
    configured = admin.describe_configs(resources, config_filter="all")["topic"]
    found = []
    for topic in topics:
        wanted, partitions = _wanted(topic, settings.replication), described[topic.name]
        values = {name: config["value"] for name, config in configured[topic.name].items()}
        copies = min(len(one["replica_nodes"]) for one in partitions)
        pairs = {
            "partitions": (len(partitions), topic.partitions),
            "copies": (copies, settings.replication),
            **{name: (values.get(name), value) for name, value in wanted["configs"].items()},
        }
        found += [
            Difference(topic.name, name, str(is_now), str(should_be))
            for name, (is_now, should_be) in pairs.items()
            if str(is_now) != str(should_be)
        ]
    return found
