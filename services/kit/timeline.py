"""Time that is set by hand: what falls due is done in its order, each thing at its own instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from services.kit.clock import Clock, SettableClock
from services.kit.loops import Guarded, settle


class Timed(Protocol):
    """Work that waits for an instant: a deadline that lapses, a mail that leaves after the quiet hours."""

    @property
    def name(self) -> str: ...

    def next_due(self) -> datetime | None:
        """The earliest instant at which something is due, None when nothing waits."""
        ...

    def run_due(self, horizon: datetime, inclusive: bool) -> int:
        """Does what is due before `horizon` (and at it, if inclusive); says how many things.

        What is due and turns out to be no longer wanted is struck off, so that `next_due` moves on.
        """
        ...


class StandsStill(RuntimeError):
    """A timed worker names something due and never does it."""


class Ticking:
    """Timed work as a worker of a loop, under a clock that runs by itself."""

    def __init__(self, timed: Timed, clock: Clock) -> None:
        self._timed = timed
        self._clock = clock
        self.name = timed.name

    def run_once(self) -> int:
        return self._timed.run_due(self._clock.now(), inclusive=True)


class Timeline:
    """Drives followers and timed work under a clock that is set by hand; not for use beside loops of timed work."""

    def __init__(self, clock: SettableClock, workers: Sequence[Guarded], timed: Sequence[Timed]) -> None:
        self._clock = clock
        self._workers = tuple(workers)
        self._timed = tuple(timed)

    def advance(self, to: datetime) -> None:
        """Everything due strictly before `to` happens first, in time order and at its own instant; then it is `to`."""
        self._follow()
        while (due := self._next_due()) is not None and due < to:
            self._clock.set(max(due, self._clock.now()))
            self._do(due)
        self._clock.set(to)

    def settle(self) -> None:
        """All consequences of what has happened, and what is due by now, this very instant included."""
        self._follow()
        while (due := self._next_due()) is not None and due <= self._clock.now():
            self._do(due)

    def _next_due(self) -> datetime | None:
        return min((due for timed in self._timed if (due := timed.next_due()) is not None), default=None)

    def _do(self, due: datetime) -> None:
        """What is due at one instant, worker after worker in their order, with all that follows in between."""
        done = 0
        for timed in self._timed:
            done += timed.run_due(due, inclusive=True)
            self._follow()
        if not done and self._next_due() == due:
            raise StandsStill(", ".join(timed.name for timed in self._timed if timed.next_due() == due))

    def _follow(self) -> None:
        settle(self._workers)
