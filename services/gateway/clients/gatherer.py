"""Concurrent calls of one process travel together: while one batch is under way the next one gathers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

I = TypeVar("I")  # noqa: E741
O = TypeVar("O")  # noqa: E741


MOST_SECONDS = 0.01
"""How long a batch may wait for people who keep coming."""


class _Slot(Generic[I, O]):
    """One call; it is answered, or told to carry the next batch itself."""

    __slots__ = ("_turn", "answer", "error", "item")

    def __init__(self, item: I) -> None:
        self.item = item
        self.answer: O | None = None
        self.error: BaseException | None = None
        self._turn = threading.Lock()
        self._turn.acquire()

    def wake(self) -> None:
        self._turn.release()

    def wait(self) -> None:
        self._turn.acquire()


class Gatherer(Generic[I, O]):
    """An idle one sends at once. `send` gets the items of one batch and gives an answer for each, in order.

    Whoever comes first carries a batch in its own thread; at most `lanes` batches are under way, of `largest` items.
    """

    def __init__(self, send: Callable[[Sequence[I]], Sequence[O]], *, lanes: int = 1, largest: int = 256) -> None:
        self._send = send
        self._free_lanes = lanes
        self._largest = largest
        self._lock = threading.Lock()
        self._waiting: list[_Slot[I, O]] = []

    def call(self, item: I) -> O:
        """The answer to this item; raises what `send` raised for the whole batch."""
        slot: _Slot[I, O] = _Slot(item)
        with self._lock:
            carries = self._free_lanes > 0
            if carries:
                self._free_lanes -= 1
            else:
                self._waiting.append(slot)
        if not carries:
            slot.wait()
            carries = slot.answer is None and slot.error is None
        if carries:
            self._carry(slot)
        if slot.error is not None:
            raise slot.error
        return slot.answer  # type: ignore[return-value]

    def _gathered(self, own: _Slot[I, O]) -> list[_Slot[I, O]]:
        """Who comes at this very moment comes along: it leaves once a look around shows nobody new."""
        seen, until = -1, time.monotonic() + MOST_SECONDS
        while seen < len(self._waiting) < self._largest - 1 and time.monotonic() < until:
            seen = len(self._waiting)
            time.sleep(0)
        with self._lock:
            batch = [own, *self._waiting[: self._largest - 1]]
            del self._waiting[: self._largest - 1]
        return batch

    def _carry(self, own: _Slot[I, O]) -> None:
        batch = [own]
        try:
            batch = self._gathered(own)
            answers = self._send([slot.item for slot in batch])
            for slot, answer in zip(batch, answers, strict=True):
                slot.answer = answer
        except BaseException as error:
            for slot in batch:
                slot.error = error
        for slot in batch:
            if slot is not own:
                slot.wake()
        self._pass_on()

    def _pass_on(self) -> None:
        """The lane goes to the first who waits, behind those who were just answered; all others come along."""
        with self._lock:
            if self._waiting:
                self._waiting.pop(0).wake()
            else:
                self._free_lanes += 1
