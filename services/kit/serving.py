"""A process of a service: what it is made of, and how it is run. Its parts come from `services.<service>.processes`.

`serve` is what a command calls; it replaces the process by a server of one worker, in which `build` is called after
the fork. A web process answers people or services (gevent); a follower does background work in plain threads and
answers for its health alone.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, NoReturn

from services.kit.clock import Clock
from services.kit.failures import TemporaryFailure
from services.kit.health import Check, Health
from services.kit.loops import Guarded, Loop, Pace, Worker
from services.kit.metrics import Metrics
from services.kit.timeline import Ticking, Timed

Kind = Literal["web", "follower"]
Wake = Callable[[], None]
Listen = Callable[[Wake], None]
"""Is handed what to call when there may be work."""
POLL_SECONDS = 1.0
"""A loop that nobody woke looks again after this long; wakes are hints."""

GATHERS_SECONDS = 0.1
"""So much later timed work looks when it is woken: what the workers do meanwhile is often what falls due."""


def _never() -> bool:
    return False


def _nothing() -> None:
    return None


def _nobody(_wake: Wake) -> None:
    return None


def _none() -> int:
    return 0


def _no_shares() -> Mapping[str, tuple[int, int]]:
    return {}


@dataclass(frozen=True)
class Manner:
    """How a worker is driven that is not like the others: `woken` by something of its own, and paced."""

    woken: Listen | None = None
    pace: Pace | None = None


_USUAL = Manner()
UNHURRIED = Manner(woken=_nobody)
"""Looks by itself, once a second."""


@dataclass(frozen=True)
class Process:
    """Made by a service's `build(clock)` in the process that runs it; nothing of it runs yet.

    `app` is a WSGI application, None for a follower. `workers` go round in loops, and `timed` with them unless time is
    set by hand. Each of `wakes` wakes them all, but for those that have something of their own in `manners`, where
    workers stand by their names. `busy` says that people come first now, `crowded` that the workers come before what is
    timed. `behind` counts what waits in streams for these workers, as far as is known; `shares` tells by consumer how
    many partitions are taken here, of how many. `drain` is called when the process is told to end, while requests are
    still finished; `close` when all is quiet.
    """

    metrics: Metrics
    app: Any = None
    checks: Mapping[str, Check] = field(default_factory=dict)
    workers: Sequence[Worker] = ()
    timed: Sequence[Timed] = ()
    wakes: Sequence[Listen] = ()
    manners: Mapping[str, Manner] = field(default_factory=dict)
    busy: Callable[[], bool] = _never
    crowded: Callable[[], bool] = _never
    behind: Callable[[], int] = _none
    shares: Callable[[], Mapping[str, tuple[int, int]]] = _no_shares
    drain: Callable[[], None] = _nothing
    close: Callable[[], None] = _nothing

    def first(self) -> bool:
        """Whether anything comes before what is timed."""
        return self.busy() or self.crowded()


Build = Callable[[Clock], Process]
"""Raises BadSetting, PermanentFailure or TemporaryFailure where the process cannot start; its code is told."""


def serve(name: str, kind: Kind, build: str) -> NoReturn:
    """Runs the process `name` in place of the present one; `build` is a `module:function` of type Build."""
    command = [sys.executable, "-m", "services.kit.serve", name, kind, build]
    os.execv(sys.executable, command)  # noqa: S606


class Background:
    """The workers of one process in loops of their own: woken together, told to end together."""

    def __init__(self, process: Process, clock: Clock, *, ticking: bool) -> None:
        """Without `ticking` timed work waits for whoever sets the time."""
        self.timed = tuple(process.timed)
        self.guarded = [Guarded(worker) for worker in process.workers]
        ticks = [Guarded(Ticking(timed, clock)) for timed in self.timed] if ticking else []
        turns = threading.Lock()
        loop = partial(Loop, poll_seconds=POLL_SECONDS, metrics=process.metrics, turns=turns)
        self._wakes: list[threading.Event] = []
        self._loops = [
            *(
                loop(worker, self._woken_by(manner.woken), polite=process.busy, pace=manner.pace)
                for worker in self.guarded
                for manner in [process.manners.get(worker.name, _USUAL)]
            ),
            *(
                loop(tick, self._woken_by(None), polite=process.first, gathers_seconds=GATHERS_SECONDS)
                for tick in ticks
            ),
        ]
        for listen in process.wakes:
            listen(self.wake)

    def _woken_by(self, own: Listen | None) -> threading.Event:
        """What sets it: something of its own, or whatever wakes all the others."""
        event = threading.Event()
        if own is None:
            self._wakes.append(event)
        else:
            own(event.set)
        return event

    def start(self) -> None:
        for loop in self._loops:
            loop.start()

    def wake(self) -> None:
        for event in self._wakes:
            event.set()

    def leave_off(self) -> None:
        for loop in self._loops:
            loop.leave_off()

    def stop(self) -> None:
        self.leave_off()
        for loop in self._loops:
            loop.stop()

    def alive(self) -> None:
        """A check for Health: every loop still runs."""
        if not all(loop.runs() for loop in self._loops):
            raise TemporaryFailure("loop-not-running")

    def well(self) -> None:
        """A check for Health: no loop fails again and again."""
        for loop in self._loops:
            loop.healthy()


class Running:
    """A process with its background work, as the server runs it."""

    def __init__(self, process: Process, clock: Clock, *, ticking: bool = True) -> None:
        self.process = process
        self.background = Background(process, clock, ticking=ticking)
        self.health = Health({"background": self.background.well, **process.checks}, {"loops": self.background.alive})

    def start(self) -> None:
        self.background.start()

    def drain(self) -> None:
        """Begins no further slice and says goodbye to whoever would stay long; requests under way go on."""
        self.background.leave_off()
        self.process.drain()

    def stop(self) -> None:
        self.background.stop()
        self.process.close()
