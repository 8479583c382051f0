"""Where time comes from: the system's clock, or one that is set by hand."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class SettableClock:
    """Stands still until it is set; it goes backwards only when forced."""

    def __init__(self, start: datetime) -> None:
        self._lock = threading.Lock()
        self._now = _in_utc(start)

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def set(self, at: datetime, *, force: bool = False) -> None:
        at = _in_utc(at)
        with self._lock:
            if at < self._now and not force:
                raise ValueError(
                    f"the clock stands at {self._now.isoformat()} and does not go back to {at.isoformat()}"
                )
            self._now = at


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC)
