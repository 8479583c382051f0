"""Publishing to one topic of Kafka: a transaction a slice where one publishes at a time, else record by record."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from services.contracts.topics import Topic
from services.kit.failures import TemporaryFailure
from services.kit.stream.kafka_clients import PUBLISH_SECONDS
from services.kit.stream.kafka_ends import Ends
from services.kit.stream.kafka_failures import translated
from services.kit.stream.kafka_records import Message, to_message
from services.kit.stream.port import Record

_LEAVE_SECONDS: Final = 2.0


class Publisher:
    """The publishing side of one topic; calls from several threads take turns.

    A topic that is not shared has one publisher at a time: its transactional id is the topic's own, so that whoever
    takes over ends what a former one left open, and the former one is refused from then on. After any failure the
    client is thrown away: nothing that it still holds can reach the topic once the next one has taken over.
    """

    def __init__(self, topic: Topic, connect: Callable[[str | None], Any], ends: Ends) -> None:
        self._topic = topic
        self._connect = connect
        self._ends = ends
        self._lock = threading.Lock()
        self._client: Any = None

    def take_over(self) -> None:
        with self._lock:
            self._discard()
            self._open()

    def publish(self, records: Sequence[Record]) -> None:
        messages = [to_message(self._topic, record) for record in records]
        if not messages:
            return
        with self._lock:
            if self._client is None:
                self._open()
            with self._thrown_away_on_failure():
                (self._one_by_one if self._topic.shared else self._together)(messages)

    def close(self) -> None:
        with self._lock:
            self._discard()

    def _open(self) -> None:
        self._ends.partitions(self._topic)
        with self._thrown_away_on_failure():
            self._client = self._connect(None if self._topic.shared else f"chorus.{self._topic.name}")
            if not self._topic.shared:
                self._client.init_transactions()

    @contextmanager
    def _thrown_away_on_failure(self) -> Iterator[None]:
        try:
            with translated():
                yield
        except BaseException:
            self._discard()
            raise

    def _one_by_one(self, messages: Sequence[Message]) -> None:
        until = time.monotonic() + PUBLISH_SECONDS
        for sent in self._send(messages):
            sent.get(timeout=max(0.0, until - time.monotonic()))

    def _together(self, messages: Sequence[Message]) -> None:
        until = time.monotonic() + PUBLISH_SECONDS
        self._client.begin_transaction()
        sent = self._send(messages)
        self._client.flush(timeout=PUBLISH_SECONDS)
        places = [one.get(timeout=1) for one in sent]
        self._commit(until)
        self._wait_until_seen({place.partition: place.offset for place in places}, until)

    def _commit(self, until: float) -> None:
        """`commit_transaction` of the library waits for ever while the broker is away; this waits for so long."""
        result = self._client._transaction_manager.begin_commit()
        self._client._sender.wakeup()
        if not result.wait(timeout_ms=max(0.0, until - time.monotonic()) * 1000):
            raise TemporaryFailure("stream-away")

    def _wait_until_seen(self, lasts: dict[int, int], until: float) -> None:
        """The broker answers a commit before the marks are written that let readers see it."""
        for partition, offset in lasts.items():
            while self._ends.end(self._topic, partition) <= offset:
                if time.monotonic() > until:
                    raise TemporaryFailure("stream-away")
                time.sleep(0.001)

    def _send(self, messages: Sequence[Message]) -> list[Any]:
        return [self._client.send(self._topic.name, **message) for message in messages]

    def _discard(self) -> None:
        client, self._client = self._client, None
        if client is None:
            return
        client._sender.force_close()
        client._sender.join(_LEAVE_SECONDS)
        client.close(timeout=0)
