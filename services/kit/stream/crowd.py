"""A crowd at the end of a topic: for a while everything else makes way for it, and then no longer."""

from __future__ import annotations

import time
from collections.abc import Callable

CROWDED_SECONDS = 2.0
"""After a full slice a consumer counts as behind for so long."""
MOST_CROWDED_SECONDS = 60.0
"""A crowd that stays longer is a rebuild or an everyday: who makes way for it has waited long enough."""


class Crowd:
    """Told of each full slice, which means that more was waiting."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._began = self._last = float("-inf")

    def came(self) -> None:
        if self._now() - self._last >= CROWDED_SECONDS:
            self._began = self._now()
        self._last = self._now()

    def is_there(self) -> bool:
        now = self._now()
        return now - self._last < CROWDED_SECONDS and now - self._began < MOST_CROWDED_SECONDS
