"""Taking turns after a clash: whoever met another's event on a stream decides again while nobody else retries there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

LANES: Final = 256


class Turns:
    """First tries are free; second ones queue, so that many acts on one stream all succeed instead of chasing it."""

    def __init__(self) -> None:
        self._lanes = tuple(threading.Lock() for _ in range(LANES))

    @contextmanager
    def after(self, clash: UUID | None) -> Iterator[None]:
        """None for a first try. Two streams may share a lane; that costs time, never order."""
        if clash is None:
            yield
            return
        with self._lanes[clash.int % LANES]:
            yield
