"""One slice of many partitions: nobody is asked while something is at hand, nobody starves, nobody holds up others."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from services.contracts.topics import Topic
from services.kit.failures import PermanentFailure
from services.kit.stream.gathering import Gathering
from services.kit.stream.port import Delivered
from tests.support.streams import record

TOPIC = Topic("t", partitions=3)


@dataclass
class Waiting:
    """A reader: how many records wait in each partition, of them how many are at hand without asking."""

    records: dict[int, int]
    at_hand: dict[int, int] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)
    asked: list[int] = field(default_factory=list)

    def fetch(self, topic: Topic, partition: int, after: int, limit: int, *, sure: bool = True) -> list[Delivered]:
        if partition in self.lost:
            raise PermanentFailure("stream-lost-records")
        if sure:
            self.asked.append(partition)
        there = self.records.get(partition, 0) if sure else self.at_hand.get(partition, 0)
        return [Delivered(partition, after + n, record("k", n)) for n in range(1, min(there, limit) + 1)]


def gather(gathering: Gathering) -> dict[int, int]:
    return {partition: len(found) for partition, found in gathering([0, 1, 2], lambda _at: -1).items()}


def gathering(reader: Waiting, slice_size: int = 10) -> Gathering:
    return Gathering(reader, TOPIC, slice_size)  # type: ignore[arg-type]


def test_a_slice_takes_from_all_partitions_what_is_at_hand_and_asks_nobody() -> None:
    reader = Waiting({0: 3, 1: 0, 2: 4}, at_hand={0: 3, 2: 4})
    assert gather(gathering(reader)) == {0: 3, 2: 4}
    assert reader.asked == []


def test_nothing_is_only_said_when_every_partition_was_asked() -> None:
    reader = Waiting({})
    assert gather(gathering(reader)) == {}
    assert sorted(reader.asked) == [0, 1, 2]
    assert gather(gathering(Waiting({1: 2}))) == {1: 2}, "it was not at hand, and waits all the same"


def test_a_full_slice_is_full_of_its_first_and_the_next_one_begins_behind_it() -> None:
    one = gathering(Waiting({}, at_hand={0: 50, 1: 50, 2: 1}), slice_size=4)
    assert [gather(one) for _ in range(4)] == [{0: 4}, {1: 4}, {2: 1, 0: 3}, {1: 4}]


def test_a_partition_that_cannot_be_read_is_told_by_itself_and_holds_up_no_other() -> None:
    one = gathering(Waiting({}, at_hand={0: 1, 2: 1}, lost={1}))
    assert gather(one) == {0: 1}
    with pytest.raises(PermanentFailure, match="stream-lost-records"):
        gather(one)
    assert gather(one) == {2: 1, 0: 1}


def test_a_partition_whose_place_is_unknown_holds_up_no_other_that_has_to_be_asked() -> None:
    one = gathering(Waiting({0: 1, 1: 1, 2: 1}))

    def place(partition: int) -> int:
        if partition == 1:
            raise PermanentFailure("topic-made-anew")
        return -1

    outcomes: list[object] = []
    for _ in range(8):
        try:
            outcomes.append(sorted(one([0, 1, 2], place)))
        except PermanentFailure as failure:
            outcomes.append(failure.code)
    assert outcomes.count("topic-made-anew") == 4
    assert outcomes.count([0, 2]) == 4
