"""Work that nobody waits for: what comes within a while is done by one slice instead of many small ones."""

from __future__ import annotations

import time
from collections.abc import Callable

from services.kit.loops import Worker


class Unhurried:
    """A worker whose next slice begins `seconds` after one that was not `full`. For loops, which ask again and again;
    whoever settles everything at once uses the worker itself."""

    def __init__(
        self, worker: Worker, seconds: float, full: int, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._worker = worker
        self._seconds = seconds
        self._full = full
        self._elapsed = elapsed
        self._next = float("-inf")
        self.name = worker.name

    def run_once(self) -> int:
        if self._elapsed() < self._next:
            return 0
        done = self._worker.run_once()
        if 0 < done < self._full:
            self._next = self._elapsed() + self._seconds
        return done
