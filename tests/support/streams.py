"""Streams for tests: each kind of stream as a backend, so that one suite runs on all of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

from services.contracts.envelope import Envelope
from services.contracts.topics import Topic
from services.kit.stream.in_process import InProcessStream
from services.kit.stream.kafka import KafkaStream
from services.kit.stream.kafka_settings import KafkaSettings
from services.kit.stream.kafka_topics import create_topics
from services.kit.stream.port import START, Delivered, Reader, Record, Stream
from tests.support.kafka import broker

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Backend(Protocol):
    """One store of records, that may be opened many times."""

    def topic(
        self,
        partitions: int = 3,
        *,
        retention_days: int | None = None,
        compacted: bool = False,
        continued: bool = False,
        shared: bool = False,
    ) -> Topic:
        """A topic of its own, empty, and its topic for dead letters."""
        ...

    def open(self) -> Stream:
        """A new client; what earlier clients published is there."""
        ...

    def close(self) -> None: ...


class InProcessBackend:
    def __init__(self, folder: Path) -> None:
        self._path = folder / "stream.db"
        self._opened: list[InProcessStream] = []

    def topic(self, partitions: int = 3, **promises: Any) -> Topic:
        return Topic(f"topic-{uuid4()}", partitions, **promises)

    def open(self) -> InProcessStream:
        stream = InProcessStream(self._path)
        self._opened.append(stream)
        return stream

    def close(self) -> None:
        for stream in self._opened:
            stream.close()


class KafkaBackend:
    """A broker that all tests of the run share; each has topics of its own."""

    def __init__(self, folder: Path) -> None:
        self.settings = KafkaSettings(servers=(broker().bootstrap,))
        self._opened: list[KafkaStream] = []

    def topic(self, partitions: int = 3, **promises: Any) -> Topic:
        topic = Topic(f"topic-{uuid4()}", partitions, **promises)
        create_topics(self.settings, [topic, topic.dead])
        return topic

    def open(self) -> KafkaStream:
        stream = KafkaStream(self.settings, f"test-{len(self._opened)}", wait_ms=10)
        self._opened.append(stream)
        return stream

    def close(self) -> None:
        for stream in self._opened:
            stream.close()


BACKENDS: dict[str, Callable[[Path], Backend]] = {"in-process": InProcessBackend, "kafka": KafkaBackend}


def record(key: str, sequence: int, data: bytes = b"{}", **more: Any) -> Record:
    own_key, tombstone = more.pop("own_key", None), more.pop("tombstone", False)
    attributes: dict[str, Any] = {
        "id": f"{key}-{sequence}",
        "source": "/log",
        "type": "thing.happened",
        "time": NOON,
    } | more
    return Record(Envelope(partitionkey=key, sequence=sequence, data=data, **attributes), own_key, tombstone)


def read_all(reader: Reader, topic: Topic, limit: int = 7) -> list[Delivered]:
    """Everything on the topic, partition after partition, in pages."""
    found: list[Delivered] = []
    for partition in reader.partitions(topic):
        after = START
        while page := reader.fetch(topic, partition, after, limit):
            found += page
            after = page[-1].offset
    return found
