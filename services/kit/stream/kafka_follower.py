"""Reading ahead: one client of Kafka and one thread that keep what comes next for the readers of many partitions."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.logs import logger
from services.kit.stream.kafka_failures import failure
from services.kit.stream.kafka_library import TopicPartition
from services.kit.stream.kafka_records import from_message
from services.kit.stream.port import Delivered

AHEAD: Final = 1000
"""Records kept for one place; reading ahead rests there beyond it."""
IDLE_SECONDS: Final = 60.0
"""A place that nobody reads from any more is given up."""
_BACKOFF_SECONDS: Final = 0.3
_LEAVE_SECONDS: Final = 3.0


@dataclass
class Place:
    """Where one reader stands in a partition: `after` was handed out last, all before `reached` is here or was."""

    after: int
    ahead: deque[Delivered] = field(default_factory=deque)
    reached: int = 0
    sought: bool = False
    busy: bool = False
    used: float = 0.0

    def __post_init__(self) -> None:
        self.reached = self.after + 1

    def take(self, limit: int) -> list[Delivered]:
        taken = [self.ahead.popleft() for _ in range(min(limit, len(self.ahead)))]
        if taken:
            self.after = taken[-1].offset
        return taken


class Follower:
    """At most one place in each partition. All fields are guarded by `changed`, which is told of every change."""

    def __init__(
        self,
        connect: Callable[[], Any],
        wait_ms: int,
        changed: threading.Condition,
        arrived: Callable[[Iterable[str]], None],
    ) -> None:
        self._connect = connect
        self._wait_ms = wait_ms
        self._changed = changed
        self._arrived = arrived
        self._closing = False
        self._client: Any = None
        self.places: dict[TopicPartition, Place] = {}
        self.failure: TemporaryFailure | PermanentFailure | None = None
        self._thread = threading.Thread(target=self._run, name="kafka-follower", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the thread; called without holding `changed`."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(_LEAVE_SECONDS)

    def _run(self) -> None:
        while not self._closing:
            try:
                self._round()
            except Exception as error:
                self._failed(error)
        self._disconnect()

    def _round(self) -> None:
        with self._changed:
            self._give_up_idle()
            if not self.places:
                self._changed.wait(1.0)
                return
        if self._client is None:
            self._client = self._connect()
        with self._changed:
            self._arrange()
        found = self._client.poll(timeout_ms=self._wait_ms, max_records=500)
        with self._changed:
            self._keep(found)
            self._reach()
            self.failure = None
            self._changed.notify_all()
        if found:
            self._arrived({at.topic for at in found})

    def _give_up_idle(self) -> None:
        now = time.monotonic()
        for at, place in list(self.places.items()):
            if not place.busy and now - place.used > IDLE_SECONDS:
                del self.places[at]

    def _arrange(self) -> None:
        """Brings the client to where the places are: what it follows, from where, and what rests meanwhile."""
        self._client.assign(list(self.places))
        for at, place in self.places.items():
            if not place.sought:
                self._client.seek(at, place.reached)
                place.sought = True
        paused = self._client.paused()
        full = {at for at, place in self.places.items() if len(place.ahead) >= AHEAD}
        self._client.pause(*(full - paused))
        self._client.resume(*(paused - full))

    def _keep(self, found: dict[TopicPartition, list[Any]]) -> None:
        for at, records in found.items():
            place = self.places.get(at)
            if place is None or not place.sought:
                continue
            new = (from_message(record) for record in records if record.offset >= place.reached)
            place.ahead.extend(record for record in new if record is not None)
            place.reached = max(place.reached, records[-1].offset + 1)

    def _reach(self) -> None:
        """Marks of transactions are no records: only the client's position tells that they are behind."""
        for at, place in self.places.items():
            if place.busy and place.sought and (position := self._client.position(at, timeout_ms=0)) is not None:
                place.reached = max(place.reached, position)

    def _failed(self, error: Exception) -> None:
        told = error if isinstance(error, TemporaryFailure | PermanentFailure) else failure(error)
        logger(__name__).warning("reading ahead will be tried again", reason=told.code, exc_info=error)
        with self._changed:
            self.failure = told
            self._changed.notify_all()
            self._changed.wait(_BACKOFF_SECONDS)
        self._disconnect()

    def _disconnect(self) -> None:
        """The next client begins where each place has come to."""
        client, self._client = self._client, None
        with self._changed:
            for place in self.places.values():
                place.sought = False
        if client is not None:
            client.close(timeout_ms=1000)
