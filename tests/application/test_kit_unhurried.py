"""Work that nobody waits for is done in slices of what has come meanwhile."""

from __future__ import annotations

from services.kit.unhurried import Unhurried


class Heap:
    name = "heap"

    def __init__(self) -> None:
        self.waiting = 0
        self.slices: list[int] = []

    def run_once(self) -> int:
        done = min(self.waiting, 10)
        self.waiting -= done
        if done:
            self.slices.append(done)
        return done


def test_what_comes_within_a_while_is_one_slice() -> None:
    heap, now = Heap(), [0.0]
    worker = Unhurried(heap, 0.5, 10, lambda: now[0])
    assert worker.name == "heap"
    assert worker.run_once() == 0
    for step in range(20):
        now[0] = step * 0.1
        heap.waiting += 1
        worker.run_once()
    assert heap.slices == [1, 5, 5, 5]


def test_a_full_slice_is_followed_by_the_next_at_once() -> None:
    heap = Heap()
    worker = Unhurried(heap, 0.5, 10, lambda: 0.0)
    heap.waiting = 25
    assert [worker.run_once() for _ in range(4)] == [10, 10, 5, 0]
    heap.waiting = 1
    assert worker.run_once() == 0
