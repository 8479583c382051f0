"""Work that is done now and then: at its first chance, and again when its interval is over."""

from __future__ import annotations

from datetime import datetime, timedelta


class Interval:
    def __init__(self, every: timedelta) -> None:
        self._every = every
        self._next: datetime | None = None

    def due(self, now: datetime) -> bool:
        """Whether it is time; if so, the next interval begins."""
        if self._next is not None and now < self._next:
            return False
        self._next = now + self._every
        return True
