"""The reading side of Kafka: each reader of a partition finds its own place, kept by one of a few followers."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from services.contracts.topics import Topic
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.stream.kafka_ends import Ends
from services.kit.stream.kafka_follower import Follower, Place
from services.kit.stream.kafka_library import TopicPartition
from services.kit.stream.port import Delivered

FETCH_SECONDS: Final = 10.0
MOST_FOLLOWERS: Final = 6
REUSE_SECONDS: Final = 5.0
"""A place that was left for so long may be taken for another reader before a further client is opened."""


class Readers:
    """Two consumers of one topic stand in different places: readers are told apart by the offset they ask behind, so
    that nobody has to say who they are."""

    def __init__(self, connect: Callable[[], Any], ends: Ends, wait_ms: int) -> None:
        self._connect = connect
        self._wait_ms = wait_ms
        self._ends = ends
        self._changed = threading.Condition()
        self._followers: list[Follower] = []
        self._hints: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)
        self._closed = False

    def close(self) -> None:
        with self._changed:
            self._closed = True
            followers, self._followers = self._followers, []
        for follower in followers:
            follower.close()

    def wake(self, topic: Topic, hint: Callable[[], None]) -> None:
        self._hints[topic.name].append(hint)

    def fetch(self, topic: Topic, partition: int, after: int, limit: int, sure: bool) -> list[Delivered]:
        at = TopicPartition(topic.name, partition)
        with self._standing(at, after) as (follower, place):
            if sure and not place.ahead:
                end = self._ends.end(topic, partition)
                if end <= after:
                    raise PermanentFailure("stream-lost-records")
                self._wait(follower, place, end)
            with self._changed:
                return place.take(limit)

    def end(self, topic: Topic, partition: int) -> int:
        """The last offset that may hold a record, and no mark of a transaction where a reader has come to the end."""
        end, at = self._ends.end(topic, partition), TopicPartition(topic.name, partition)
        with self._changed:
            for follower in self._followers:
                place = follower.places.get(at)
                if place is not None and not place.ahead and place.reached >= end:
                    return place.after
        return end - 1

    def _wait(self, follower: Follower, place: Place, end: int) -> None:
        until = time.monotonic() + FETCH_SECONDS
        with self._changed:
            while not place.ahead and place.reached < end:
                if follower.failure is not None:
                    raise follower.failure
                if self._closed or not self._changed.wait(until - time.monotonic()):
                    raise TemporaryFailure("stream-away")

    @contextmanager
    def _standing(self, at: TopicPartition, after: int) -> Iterator[tuple[Follower, Place]]:
        with self._changed:
            if self._closed:
                raise TemporaryFailure("stream-away")
            follower, place = self._place(at, after)
            place.busy, place.used = True, time.monotonic()
            self._changed.notify_all()
        try:
            yield follower, place
        finally:
            with self._changed:
                place.busy, place.used = False, time.monotonic()

    def _place(self, at: TopicPartition, after: int) -> tuple[Follower, Place]:
        for follower in self._followers:
            place = follower.places.get(at)
            if place is not None and not place.busy and place.after == after:
                return follower, place
        follower = self._free(at)
        follower.places[at] = Place(after)
        return follower, follower.places[at]

    def _free(self, at: TopicPartition) -> Follower:
        for follower in self._followers:
            if at not in follower.places:
                return follower
        idle = [(one.places[at].used, one) for one in self._followers if not one.places[at].busy]
        used, longest = min(idle, key=lambda pair: pair[0], default=(time.monotonic(), None))
        enough = len(self._followers) >= MOST_FOLLOWERS or time.monotonic() - used > REUSE_SECONDS
        if longest is not None and enough:
            return longest
        self._followers.append(Follower(self._connect, self._wait_ms, self._changed, self._tell))
        return self._followers[-1]

    def _tell(self, topics: Iterable[str]) -> None:
        for topic in topics:
            for hint in self._hints[topic]:
                hint()
