"""Background work: a worker does a small slice at a time; a loop drives it in a thread, or `settle` drives them all.

Under gevent the thread is a greenlet: only the standard library is used here, so that patching reaches it.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.kit.failures import TemporaryFailure
from services.kit.logs import logger
from services.kit.metrics import Metrics

MOST_REST_SECONDS = 10.0
LOOKS_UP_SECONDS = 0.1
"""While it rests, a loop looks this often whether people are still many."""
MOST_BACKOFF_SECONDS = 30.0


class Worker(Protocol):
    @property
    def name(self) -> str: ...

    def run_once(self) -> int:
        """Does a small slice of what there is to do, and says how many things; 0 when there is nothing now.

        Raises TemporaryFailure when the same slice should be tried again later.
        """
        ...


class Guarded:
    """A worker that one thread at a time may run; `generation` grows with everything it ever did."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._lock = threading.Lock()
        self.name = worker.name
        self.generation = 0

    def run_once(self) -> int:
        with self._lock:
            done = self._worker.run_once()
            self.generation += done
            return done


@dataclass(frozen=True)
class Pace:
    """Slices begin at least `seconds` apart, so that in a crowd one serves many wakes; after a rest the first begins at
    once. A slice of `full` things is followed without a pause, since more may wait."""

    seconds: float
    full: int


class Loop:
    """Runs one worker until stopped: slice after slice while there is work, else until woken or the poll is over."""

    def __init__(
        self,
        worker: Worker,
        wake: threading.Event,
        poll_seconds: float,
        polite: Callable[[], bool] = lambda: False,
        *,
        metrics: Metrics,
        turns: threading.Lock | None = None,
        first_backoff_seconds: float = 0.1,
        gathers_seconds: float = 0.0,
        pace: Pace | None = None,
    ) -> None:
        """`gathers_seconds`: once woken it begins so much later, so that one slice serves many wakes."""
        self._worker = worker
        self._wake = wake
        self._poll_seconds = poll_seconds
        self._polite = polite
        self._turns = turns or threading.Lock()
        self._metrics = metrics
        self._first_backoff = first_backoff_seconds
        self._gathers_seconds = gathers_seconds
        self._pace = pace
        self._failures = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"loop-{worker.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def leave_off(self) -> None:
        """Begins no further slice; returns at once, so that several loops can be told before any is waited for."""
        self._stopping.set()
        self._wake.set()

    def stop(self, timeout: float = 10.0) -> bool:
        """Ends after the present slice; says whether it ended in time."""
        self.leave_off()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def runs(self) -> bool:
        return self._thread.is_alive()

    def healthy(self) -> None:
        """A check for Health: the loop runs, and its last slices did not all fail."""
        if not self.runs():
            raise TemporaryFailure("loop-not-running")
        if self._failures >= 5:
            raise TemporaryFailure("loop-failing")

    def _run(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            done = self._in_turn() if self._polite() else self._slice()
            if done is None:
                self._stopping.wait(self._backoff)
            elif done:
                self._pause(began, done)
            elif self._wake.wait(self._poll_seconds):
                self._stopping.wait(self._gathers_seconds)
                self._wake.clear()

    def _pause(self, began: float, done: int) -> None:
        if self._pace is None or done >= self._pace.full:
            time.sleep(0)
        else:
            self._stopping.wait(began + self._pace.seconds - time.monotonic())

    def _in_turn(self) -> int | None:
        """Lets people's requests come first: all loops that share `turns` rest nine parts to one of work, together."""
        with self._turns:
            if self._stopping.is_set():
                return 0
            started = time.monotonic()
            done = self._slice()
            self._rest(min(9 * (time.monotonic() - started), MOST_REST_SECONDS))
        return done

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and self._polite() and not self._stopping.is_set():
            self._stopping.wait(min(left, LOOKS_UP_SECONDS))

    def _slice(self) -> int | None:
        """Things done, or None after a failure, which is told and counted."""
        name = self._worker.name
        try:
            done = self._worker.run_once()
        except TemporaryFailure as failure:
            self._failed("temporary", failure.retry_after)
            logger(__name__).warning("worker will try again", worker=name, code=failure.code, attempt=self._failures)
            return None
        except Exception as error:
            self._failed("unexpected", None)
            logger(__name__).error("worker failed", worker=name, attempt=self._failures, exc_info=error)
            return None
        self._failures = 0
        if done:
            self._metrics.count("chorus_worker_done_total", done, worker=name)
        return done

    def _failed(self, kind: str, retry_after: float | None) -> None:
        self._failures += 1
        self._metrics.count("chorus_worker_failures_total", worker=self._worker.name, kind=kind)
        grown = self._first_backoff * 2.0 ** min(self._failures - 1, 12)
        jitter = random.uniform(0.5, 1.0)  # noqa: S311  spreads retries, guards nothing
        self._backoff = max(retry_after or 0.0, min(grown, MOST_BACKOFF_SECONDS) * jitter)


class DidNotSettle(RuntimeError):
    """The workers keep one another busy without end."""


def settle(workers: Sequence[Guarded], *, most_rounds: int = 100_000, patience: int = 20) -> int:
    """Runs all workers in turn until none has anything left to do; returns the number of things done here.

    Works beside running loops: a round counts as quiet only if nobody did anything while it lasted.
    A TemporaryFailure is tried again `patience` times in a row, then raised.
    """
    total = failures = 0
    for _ in range(most_rounds):
        before = [worker.generation for worker in workers]
        try:
            total += sum([worker.run_once() for worker in workers])
            failures = 0
        except TemporaryFailure:
            failures += 1
            if failures > patience:
                raise
            time.sleep(0.05)
            continue
        if before == [worker.generation for worker in workers]:
            return total
    raise DidNotSettle(", ".join(worker.name for worker in workers))
