"""Calls that travel together: an idle one at once, the others while one is under way, each with its own answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

from services.gateway.clients.gatherer import Gatherer


class Far:
    """The other end; answers when it is let, and remembers what came together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = threading.Event()
        self.under_way = 0
        self.most_under_way = 0

    def send(self, items: Sequence[int]) -> Sequence[str]:
        self.batches.append(list(items))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        self.open.wait(5)
        self.under_way -= 1
        if 13 in items:
            raise ConnectionError("unlucky")
        return [f"answer {item}" for item in items]


def started(gatherer: Gatherer[int, str], items: Sequence[int], outcomes: dict[int, str]) -> list[threading.Thread]:
    def call(item: int) -> None:
        try:
            outcomes[item] = gatherer.call(item)
        except ConnectionError as error:
            outcomes[item] = str(error)

    threads = [threading.Thread(target=call, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
        time.sleep(0.002)
    return threads


def test_an_idle_one_sends_at_once_and_the_next_gather_meanwhile() -> None:
    far = Far()
    outcomes: dict[int, str] = {}
    gatherer: Gatherer[int, str] = Gatherer(far.send)
    threads = started(gatherer, range(10), outcomes)
    assert far.batches == [[0]]
    far.open.set()
    for thread in threads:
        thread.join()
    assert far.batches == [[0], [1, 2, 3, 4, 5, 6, 7, 8, 9]]
    assert outcomes == {n: f"answer {n}" for n in range(10)}
    assert far.most_under_way == 1


def test_no_batch_is_larger_than_it_may_be() -> None:
    far = Far()
    outcomes: dict[int, str] = {}
    threads = started(Gatherer(far.send, largest=3), range(8), outcomes)
    far.open.set()
    for thread in threads:
        thread.join()
    assert max(map(len, far.batches)) <= 3
    assert len(outcomes) == 8


def test_lanes_are_filled_before_anybody_waits() -> None:
    far = Far()
    outcomes: dict[int, str] = {}
    threads = started(Gatherer(far.send, lanes=2), range(6), outcomes)
    assert far.batches == [[0], [1]]
    far.open.set()
    for thread in threads:
        thread.join()
    assert far.most_under_way == 2
    assert len(outcomes) == 6


def test_a_batch_that_fails_fails_its_own_and_the_next_goes_on() -> None:
    far = Far()
    outcomes: dict[int, str] = {}
    gatherer: Gatherer[int, str] = Gatherer(far.send)
    threads = started(gatherer, [13, 1, 2], outcomes)
    far.open.set()
    for thread in threads:
        thread.join()
    assert outcomes == {13: "unlucky", 1: "answer 1", 2: "answer 2"}
    assert gatherer.call(3) == "answer 3"


def test_an_answer_too_few_is_an_error_for_all() -> None:
    gatherer: Gatherer[int, str] = Gatherer(lambda items: [])
    with pytest.raises(ValueError, match="shorter"):
        gatherer.call(1)


def test_many_callers_lose_nothing() -> None:
    far = Far()
    far.open.set()
    gatherer: Gatherer[int, str] = Gatherer(far.send, largest=16)
    wrong: list[int] = []

    def calls(first: int) -> None:
        for item in range(first, first + 100_000, 1000):
            if gatherer.call(item) != f"answer {item}" and item != 13:
                wrong.append(item)

    threads = [threading.Thread(target=calls, args=(100 + n,)) for n in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sum(map(len, far.batches)) == 3000


def test_who_is_broken_off_while_gathering_passes_the_lane_on(monkeypatch: pytest.MonkeyPatch) -> None:
    far = Far()
    far.open.set()
    gatherer: Gatherer[int, str] = Gatherer(far.send)
    with monkeypatch.context() as patch:
        patch.setattr(time, "sleep", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            gatherer.call(1)
    assert gatherer.call(2) == "answer 2"
    assert far.batches == [[2]]
