"""The pool of data keys is filled ahead of those who take from it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import cast

import pytest

from services.campaign.vault.keys import FILL, FIRST_FILL, KeyPool, KeyRows, Wrapped
from services.kit.failures import TemporaryFailure


class Rows:
    """Stores nothing; each storing waits for leave, or fails."""

    def __init__(self) -> None:
        self.leave = threading.Event()
        self.leave.set()
        self.begun = threading.Semaphore(0)
        self.fails = False
        self.made = 0
        self.closed = False

    def add(self, count: int, wrap: Callable[[int], Wrapped]) -> None:
        self.begun.release()
        assert self.leave.wait(10)
        if self.fails:
            raise TemporaryFailure("keys-away")
        for _ in range(count):
            self.made += 1
            wrap(self.made)

    def newest(self) -> None:
        return None

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def keys(rows: Rows) -> Iterator[KeyPool]:
    pool = KeyPool(cast(KeyRows, rows), {"e": b"k" * 32}, "e")
    yield pool
    rows.leave.set()
    pool.close()


def taken(keys: KeyPool, count: int) -> list[int]:
    return [keys.take().key_id for _ in range(count)]


def test_nobody_waits_while_the_next_keys_are_stored(keys: KeyPool, rows: Rows) -> None:
    first = taken(keys, 1)
    assert rows.begun.acquire(timeout=10)
    rows.leave.clear()
    assert first + taken(keys, FIRST_FILL - 1) == list(range(1, FIRST_FILL + 1))
    assert rows.begun.acquire(timeout=10), "nobody began to store the next ones"
    assert rows.made == FIRST_FILL


def test_whoever_finds_none_waits_for_the_keys_that_are_being_stored(keys: KeyPool, rows: Rows) -> None:
    taken(keys, FIRST_FILL - 1)
    rows.leave.clear()
    taken(keys, 1)
    found: list[int] = []
    waiting = threading.Thread(target=lambda: found.extend(taken(keys, 1)))
    waiting.start()
    rows.leave.set()
    waiting.join(10)
    assert found == [FIRST_FILL + 1]
    assert rows.made == FIRST_FILL + FILL


def test_a_failure_is_told_to_whoever_finds_none_and_is_over_when_it_is_over(keys: KeyPool, rows: Rows) -> None:
    taken(keys, 1)
    rows.fails = True
    taken(keys, FIRST_FILL - 1)
    with pytest.raises(TemporaryFailure, match="keys-away"):
        keys.take()
    rows.fails = False
    assert keys.take().key_id == FIRST_FILL + 1


def test_closing_waits_for_what_is_being_stored(keys: KeyPool, rows: Rows) -> None:
    taken(keys, 1)
    assert rows.begun.acquire(timeout=10)
    rows.leave.clear()
    taken(keys, FIRST_FILL - 1)
    assert rows.begun.acquire(timeout=10)
    closing = threading.Thread(target=keys.close)
    closing.start()
    closing.join(0.1)
    assert not rows.closed
    rows.leave.set()
    closing.join(10)
    assert rows.closed
    assert rows.made == FIRST_FILL + FILL
