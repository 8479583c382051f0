"""Group commit: what many requests want written at once is written together, by one writer, and answered one by one."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final

from services.campaign.application.store import StoreBusy
from services.kit.failures import TemporaryFailure

MAX_BATCH: Final = 512
MAX_QUEUE: Final = 5000
CROWD: Final = 4
"""Requests in one group from which on people are many at the door."""
CROWD_SECONDS: Final = 0.1
_log = logging.getLogger(__name__)


def _unmeasured(_requests: int, _seconds: float) -> None:
    return None


class Task:
    """Something to be written; its submitter waits until it has a result or an error."""

    __slots__ = ("_answered", "error", "result")

    def __init__(self) -> None:
        self.result: Any = None
        self.error: BaseException | None = None
        self._answered = threading.Lock()
        self._answered.acquire()

    def answer(self) -> None:
        self._answered.release()

    def wait(self) -> Any:
        self._answered.acquire()
        if self.error is not None:
            raise self.error
        return self.result


class Job(Task):
    """Rows to change outside any group, in a transaction of its own.

    `work` is given `run(sql, rows)`, which runs a statement once for each row and returns how many it changed.
    """

    __slots__ = ("work",)

    def __init__(self, work: Callable[[Callable[..., int]], Any]) -> None:
        super().__init__()
        self.work = work


class Wipe(Task):
    """What was deleted leaves the database's own log too; the result says whether it did."""


class GroupCommit:
    """One writer (a thread; a greenlet under gevent) and its bounded queue.

    `write` gets what waits, in order, and leaves a result or an error in each task; `after` is told how many were
    answered. An idle writer writes at once:
    nothing is delayed to make a group larger; a group is what came while the last one was being written.
    """

    def __init__(
        self, write: Callable[[Sequence[Task]], None], after: Callable[[int], None], *, max_queue: int = MAX_QUEUE
    ) -> None:
        self._write = write
        self._after = after
        self._max_queue = max_queue
        self._queue: deque[Task] = deque()
        self._door = threading.Lock()
        self._wake = threading.Event()
        self._measure: Callable[[int, float], None] = _unmeasured
        self._crowded_until = 0.0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, task: Task) -> Any:
        """The task's result once it is durable; raises its error, or StoreBusy."""
        self.enqueue(task)
        return task.wait()

    def enqueue(self, task: Task) -> None:
        """Whoever hands it over waits for it later; raises StoreBusy."""
        with self._door:
            if self.full():
                raise StoreBusy
            self._queue.append(task)
        if not self._wake.is_set():
            self._wake.set()

    def observe(self, measure: Callable[[int, float], None]) -> None:
        """After each group `measure` is told how many it had and how many seconds it took; it must return at once."""
        self._measure = measure

    def queued(self) -> int:
        return len(self._queue)

    def full(self) -> bool:
        """Whether a task would be refused now."""
        return self._closed or len(self._queue) >= self._max_queue

    def busy(self) -> bool:
        """Whether people are many at the door, now or a moment ago; one person after another is no crowd."""
        return len(self._queue) >= CROWD or time.monotonic() < self._crowded_until

    def close(self) -> None:
        """Writes what was accepted, then stops."""
        with self._door:
            self._closed = True
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not (self._closed and not self._queue):
            self._wake.wait()
            self._wake.clear()
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(len(self._queue), MAX_BATCH))]
                if len(batch) >= CROWD:
                    self._crowded_until = time.monotonic() + CROWD_SECONDS
                self._write_and_answer(batch)

    def _write_and_answer(self, batch: Sequence[Task]) -> None:
        started = time.perf_counter()
        try:
            self._write(batch)
        except Exception:
            _log.exception("store-write-failed")
            for task in batch:
                task.error = TemporaryFailure("store-failed", retry_after=1.0)
        for task in batch:
            task.answer()
        try:
            self._measure(len(batch), time.perf_counter() - started)
            self._after(len(batch))
        except Exception:
            _log.exception("store-after-write-failed")
