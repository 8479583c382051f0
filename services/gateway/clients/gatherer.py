"""Concurrent calls of one process travel together: while one batch is under way the next one gathers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

I = TypeVar("I")  # noqa: E741
O = TypeVar("O")  # noqa: E741


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
                batch = self._take(slot)
            else:
                self._waiting.append(slot)
        if not carries:
            slot.wait()
            if slot.answer is None and slot.error is None:
                with self._lock:
                    batch = self._take(slot)
                carries = True
        if carries:
            self._carry(batch, slot)
        if slot.error is not None:
            raise slot.error
        return slot.answer  # type: ignore[return-value]

    def _take(self, own: _Slot[I, O]) -> list[_Slot[I, O]]:
        batch = [own, *self._waiting[: self._largest - 1]]
        del self._waiting[: self._largest - 1]
        return batch

    def _carry(self, batch: Sequence[_Slot[I, O]], own: _Slot[I, O]) -> None:
        try:
            answers = self._send([slot.item for slot in batch])
            for slot, answer in zip(batch, answers, strict=True):
                slot.answer = answer
        except BaseException as error:
            for slot in batch:
                slot.error = error
        self._pass_on()
        for slot in batch:
            if slot is not own:
                slot.wake()

    def _pass_on(self) -> None:
        """The lane goes to the first who waits, who takes all the others along."""
        with self._lock:
            if self._waiting:
                self._waiting.pop(0).wake()
            else:
                self._free_lanes += 1
