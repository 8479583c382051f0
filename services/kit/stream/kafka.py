"""The stream on Apache Kafka, behind the same port as the one inside a process; with `kafka_*` the only code that
knows Kafka's library."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

from services.contracts.topics import Topic
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.stream import kafka_clients as clients
from services.kit.stream.kafka_ends import Ends
from services.kit.stream.kafka_publisher import Publisher
from services.kit.stream.kafka_readers import Readers
from services.kit.stream.kafka_records import from_message
from services.kit.stream.kafka_settings import KafkaSettings
from services.kit.stream.port import Delivered, Record

__all__ = ["KafkaSettings", "KafkaStream"]


class KafkaStream:
    """Both sides of the port; any number of threads of one process, none of them a greenlet.

    Clients are made when first needed, so after any fork. `client_id` names the process to the broker. `wait_ms` is how
    long the broker holds a question that has no answer yet; a reader that begins in a new place waits as long at most.
    """

    def __init__(self, settings: KafkaSettings, client_id: str, wait_ms: int = 300) -> None:
        self._settings = settings
        self._client_id = client_id
        self._ends = Ends(partial(clients.consumer, settings, f"{client_id}-ends", 5))
        connect = partial(clients.consumer, settings, f"{client_id}-reader", wait_ms)
        self._readers = Readers(connect, self._ends, wait_ms)
        self._publishers: dict[str, Publisher] = {}
        self._lock = threading.Lock()
        self._closed = False

    def close(self) -> None:
        """Lets go of the broker within seconds, also when it is away."""
        with self._lock:
            self._closed = True
            publishers = list(self._publishers.values())
        for publisher in publishers:
            publisher.close()
        self._readers.close()
        self._ends.close()

    def publish(self, topic: Topic, records: Sequence[Record]) -> None:
        self._publisher(topic).publish(records)
        self._ends.forget()

    def take_over(self, topic: Topic) -> None:
        self._publisher(topic).take_over()
        self._ends.forget()

    def partitions(self, topic: Topic) -> range:
        return self._ends.partitions(topic)

    def fetch(
        self, topic: Topic, partition: int, after_offset: int, limit: int, *, sure: bool = True
    ) -> list[Delivered]:
        return self._readers.fetch(topic, partition, after_offset, limit, sure)

    def end(self, topic: Topic, partition: int) -> int:
        return self._readers.end(topic, partition)

    def last(self, topic: Topic, partition: int, before: int | None = None) -> Delivered | None:
        found = self._ends.last(topic, partition, before)
        last = None if found is None else from_message(found)
        if found is not None and last is None and before is None:
            raise PermanentFailure("record-is-no-envelope")
        return last

    def wake(self, topic: Topic, hint: Callable[[], None]) -> None:
        self._readers.wake(topic, hint)

    def _publisher(self, topic: Topic) -> Publisher:
        with self._lock:
            if self._closed:
                raise TemporaryFailure("stream-away")
            if topic.name not in self._publishers:
                connect = partial(clients.producer, self._settings, f"{self._client_id}-publisher")
                self._publishers[topic.name] = Publisher(topic, connect, self._ends)
            return self._publishers[topic.name]
