"""Records of the embedded stream leave it when their topic no longer keeps them; a broker does this by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from services.contracts.topics import TOPICS
from services.kit.clock import Clock
from services.kit.stream.in_process import InProcessStream

EVERY: Final = timedelta(days=1)


class Expiry:
    """A worker that does something once a day, and at its first run."""

    name = "stream-expiry"

    def __init__(self, stream: InProcessStream, clock: Clock) -> None:
        self._stream = stream
        self._clock = clock
        self._next: datetime | None = None

    def run_once(self) -> int:
        now = self._clock.now()
        if self._next is not None and now < self._next:
            return 0
        self._next = now + EVERY
        return sum(self._stream.expire(topic, now) for topic in TOPICS)
