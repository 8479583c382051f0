"""Where the partitions of Kafka's topics end for readers, asked of the broker each time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from services.contracts.topics import Topic
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.stream.kafka_clients import ANSWER_SECONDS
from services.kit.stream.kafka_failures import translated
from services.kit.stream.kafka_library import TopicPartition

_FRESH_SECONDS: Final = 0.003
"""One question asks for all partitions of a topic; each answer serves once, and only a round of looks that follows."""


class Ends:
    """The last stable offsets: all before them is committed or aborted. Any number of threads."""

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._client: Any = None
        self._known: dict[TopicPartition, int] = {}
        self._asked = 0.0

    def close(self) -> None:
        with self._lock:
            self._let_go()

    def forget(self) -> None:
        """Something was published: what is known is old."""
        with self._lock:
            self._known.clear()

    def partitions(self, topic: Topic) -> range:
        with self._asking():
            self._check(topic)
        return range(topic.partitions)

    def end(self, topic: Topic, partition: int) -> int:
        """The first offset that is not readable yet."""
        at = TopicPartition(topic.name, partition)
        with self._asking():
            if at not in self._known or time.monotonic() - self._asked > _FRESH_SECONDS:
                self._ask(topic)
            return self._known.pop(at)

    def last(self, topic: Topic, partition: int, before: int | None = None) -> Any | None:
        """The last record before the end, or before an offset, as the library has it; what lies at the end itself may
        be a mark of a transaction."""
        at = TopicPartition(topic.name, partition)
        with self._asking():
            self._ask(topic)
            end, back = self._known.pop(at), 2
            end = end if before is None else min(end, before)
            start = self._client.beginning_offsets([at], timeout_ms=int(ANSWER_SECONDS * 1000))[at]
            while end > start:
                behind = max(end - back, start)
                if (found := self._last_behind(at, behind, end)) is not None or behind == start:
                    return found
                back *= 8
        return None

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """One at a time; a client that lost its broker is let go, so that the next question fails at once or works."""
        with self._lock:
            try:
                with translated():
                    yield
            except TemporaryFailure as away:
                if away.code == "stream-away":
                    self._let_go()
                raise

    def _let_go(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close(timeout_ms=1000)

    def _last_behind(self, at: TopicPartition, behind: int, end: int) -> Any | None:
        self._client.assign([at])
        self._client.seek(at, behind)
        found, patience = None, time.monotonic() + ANSWER_SECONDS
        while (self._client.position(at, timeout_ms=0) or 0) < end:
            if time.monotonic() > patience:
                raise TemporaryFailure("stream-away")
            for record in self._client.poll(timeout_ms=100, max_records=500).get(at, ()):
                found = record if record.offset < end else found
        return found

    def _ask(self, topic: Topic) -> None:
        self._check(topic)
        wanted = [TopicPartition(topic.name, partition) for partition in range(topic.partitions)]
        self._known = self._client.end_offsets(wanted, timeout_ms=int(ANSWER_SECONDS * 1000))
        self._asked = time.monotonic()

    def _check(self, topic: Topic) -> None:
        """Each key has its partition by the number of partitions that the contract says; fewer cannot serve."""
        if self._client is None:
            self._client = self._connect()
        there = self._client.partitions_for_topic(topic.name)
        if not there:
            raise TemporaryFailure("topic-missing")
        if len(there) < topic.partitions:
            raise PermanentFailure("topic-has-too-few-partitions")
