"""Records of the embedded stream leave it when their topic no longer keeps them; a broker does this by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from services.contracts.topics import TOPICS
from services.kit.clock import Clock
from services.kit.interval import Interval
from services.kit.stream.in_process import InProcessStream

EVERY: Final = timedelta(days=1)


class Expiry:
    """A worker that does something once a day, and at its first run."""

    name = "stream-expiry"

    def __init__(self, stream: InProcessStream, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock
        self._interval = Interval(EVERY)

    def run_once(self) -> int:
        now = self._clock.now()
        if not self._interval.due(now):
            return 0
        return sum(self._stream.expire(topic, now) for topic in TOPICS)
