"""What every stream promises, run against every kind of stream."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.contracts.topics import partition_of
from services.kit.failures import TemporaryFailure
from services.kit.stream.in_process import InProcessStream
from services.kit.stream.port import START, Record
from tests.support.streams import BACKENDS, NOON, Backend, InProcessBackend, read_all, record


@pytest.fixture(params=list(BACKENDS))
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    backend = BACKENDS[request.param](tmp_path)
    yield backend
    backend.close()


def sequences(found: list[Record]) -> list[int]:
    return [one.envelope.sequence for one in found]


def test_what_is_published_is_read_whole(backend: Backend) -> None:
    stream, topic = backend.open(), backend.topic()
    sent = record("a", 1, '{"what":"冻结"}'.encode(), correlationid="请求 7", extensions={"deadreason": "x"})
    stream.publish(topic, [sent])
    (got,) = read_all(stream, topic)
    assert got.record == sent
    assert got.partition == partition_of("a", topic.partitions)


def test_records_of_a_key_keep_their_order_in_one_partition(backend: Backend) -> None:
    stream, topic = backend.open(), backend.topic(partitions=4)
    sent = [record(f"key-{n % 7}", n) for n in range(1, 101)]
    for start in range(0, 100, 9):
        stream.publish(topic, sent[start : start + 9])
    got = read_all(stream, topic)
    assert sorted(sequences([one.record for one in got])) == list(range(1, 101))
    assert {one.partition for one in got} == {partition_of(f"key-{n}", 4) for n in range(7)}
    for partition in stream.partitions(topic):
        here = [one for one in got if one.partition == partition]
        assert [one.offset for one in here] == sorted({one.offset for one in here})
        assert sequences([one.record for one in here]) == sorted(sequences([one.record for one in here]))


def test_reading_goes_on_behind_an_offset_and_stops_at_the_limit(backend: Backend) -> None:
    stream, topic = backend.open(), backend.topic(partitions=1)
    stream.publish(topic, [record("a", n) for n in range(1, 8)])
    first = stream.fetch(topic, 0, START, 3)
    assert sequences([one.record for one in first]) == [1, 2, 3]
    rest = stream.fetch(topic, 0, first[-1].offset, 100)
    assert sequences([one.record for one in rest]) == [4, 5, 6, 7]
    assert stream.fetch(topic, 0, rest[-1].offset, 100) == []
    assert stream.end(topic, 0) >= rest[-1].offset


def test_who_need_not_be_sure_and_asks_surely_when_nothing_is_at_hand_misses_nothing(backend: Backend) -> None:
    stream, topic = backend.open(), backend.topic(partitions=1)
    stream.publish(topic, [record("a", n) for n in range(1, 8)])
    after, got = START, list[int]()
    while len(got) < 7:
        page = stream.fetch(topic, 0, after, 2, sure=False) or stream.fetch(topic, 0, after, 2)
        got += sequences([one.record for one in page])
        after = page[-1].offset
    assert got == [1, 2, 3, 4, 5, 6, 7]
    assert stream.fetch(topic, 0, after, 2, sure=False) == []


def test_the_last_record_before_an_offset_is_found(backend: Backend) -> None:
    stream, topic = backend.open(), backend.topic(partitions=1)
    for first in (1, 4, 7):
        stream.publish(topic, [record("a", n) for n in range(first, first + 3)])
    lies = {one.record.envelope.sequence: one.offset for one in read_all(stream, topic)}
    for number, offset in lies.items():
        found = stream.last(topic, 0, before=offset + 1)
        assert found is not None and (found.offset, found.record.envelope.sequence) == (offset, number)
    assert stream.last(topic, 0, before=0) is None
    past_the_end = stream.last(topic, 0, before=lies[9] + 100)
    assert past_the_end is not None and past_the_end.offset == lies[9]


def test_an_empty_topic_is_empty(backend: Backend) -> None:
    stream, topic = backend.open(), backend.topic(partitions=2)
    assert list(stream.partitions(topic)) == [0, 1]
    assert [stream.end(topic, partition) for partition in (0, 1)] == [START, START]
    assert read_all(stream, topic) == []


def test_topics_do_not_mix(backend: Backend) -> None:
    stream, one, other = backend.open(), backend.topic(), backend.topic()
    stream.publish(one, [record("a", 1)])
    stream.publish(other, [record("a", 2)])
    assert sequences([got.record for got in read_all(stream, one)]) == [1]


def test_the_stream_outlives_its_clients(backend: Backend) -> None:
    topic = backend.topic(partitions=1)
    backend.open().publish(topic, [record("a", 1), record("a", 2)])
    later = backend.open()
    later.publish(topic, [record("a", 3)])
    assert sequences([got.record for got in read_all(later, topic)]) == [1, 2, 3]


def test_a_compacted_topic_keeps_the_last_of_each_key(backend: Backend) -> None:
    stream, topic = backend.open(), backend.topic(compacted=True)
    stream.publish(topic, [record("a", 1, b'"old"'), record("b", 2, b'"b"'), record("a", 3, b'"new"')])
    stream.publish(topic, [record("a", 4, b'"entry"', own_key="a/1"), record("b", 5, tombstone=True)])
    last: dict[str, Record] = {}
    for got in read_all(stream, topic):
        last[got.record.key] = got.record
    assert {key: None if one.tombstone else one.envelope.data for key, one in last.items()} == {
        "a": b'"new"',
        "a/1": b'"entry"',
        "b": None,
    }
    assert len({got.partition for got in read_all(stream, topic) if got.record.envelope.partitionkey == "a"}) == 1


def test_whoever_asks_is_woken(backend: Backend) -> None:
    stream, topic, woken = backend.open(), backend.topic(), threading.Event()
    stream.wake(topic, woken.set)
    assert read_all(stream, topic) == []
    stream.publish(topic, [record("a", 1)])
    assert woken.wait(5) or read_all(stream, topic), "a hint may be missing, the record may not"


def test_many_publishers_lose_nothing(backend: Backend) -> None:
    stream, topic = backend.open(), backend.topic(partitions=2)

    def publish(source: int) -> None:
        for n in range(20):
            stream.publish(topic, [record(f"key-{source}", n, source=f"/log/{source}")])

    threads = [threading.Thread(target=publish, args=(source,)) for source in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    got = read_all(stream, topic)
    assert len({(one.partition, one.offset) for one in got}) == len(got) == 100
    for source in range(5):
        mine = [one.record for one in got if one.record.envelope.source == f"/log/{source}"]
        assert sequences(mine) == list(range(20))


def test_the_last_record_is_told_without_reading_the_others(backend: Backend) -> None:
    stream, topic = backend.open(), backend.topic(partitions=2)
    assert [stream.last(topic, partition) for partition in (0, 1)] == [None, None]
    for n in range(1, 30):
        stream.publish(topic, [record("a", n)])
    last = stream.last(topic, partition_of("a", 2))
    assert last is not None
    assert last.record == record("a", 29)
    assert stream.last(topic, 1 - partition_of("a", 2)) is None


def test_readers_in_different_places_do_not_disturb_one_another(backend: Backend) -> None:
    stream, topic = backend.open(), backend.topic(partitions=1)
    stream.publish(topic, [record("a", n) for n in range(1, 201)])
    found: dict[int, list[int]] = {}

    def read(step: int) -> None:
        after, mine = START, found.setdefault(step, [])
        while page := stream.fetch(topic, 0, after, step):
            mine += sequences([one.record for one in page])
            after = page[-1].offset

    threads = [threading.Thread(target=read, args=(step,)) for step in (3, 7, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == {key: list(range(1, 201)) for key in (3, 7, 11)}


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[tuple[InProcessBackend, InProcessStream]]:
    backend = InProcessBackend(tmp_path)
    yield backend, backend.open()
    backend.close()


def test_a_failed_publish_leaves_nothing(embedded: tuple[InProcessBackend, InProcessStream]) -> None:
    backend, stream = embedded
    topic = backend.topic(partitions=1)
    unwritable = record("a", 2, correlationid="\ud800")
    with pytest.raises(UnicodeEncodeError):
        stream.publish(topic, [record("a", 1), unwritable])
    stream.publish(topic, [record("a", 3)])
    assert [(got.offset, got.record.envelope.sequence) for got in read_all(stream, topic)] == [(0, 3)]


def test_compacting_removes_what_is_older_at_once(embedded: tuple[InProcessBackend, InProcessStream]) -> None:
    backend, stream = embedded
    topic = backend.topic(partitions=1, compacted=True)
    for n in range(1, 50):
        stream.publish(topic, [record("a", n), record("b", n)])
    got = read_all(stream, topic)
    assert [(one.record.key, one.record.envelope.sequence) for one in got] == [("a", 49), ("b", 49)]
    assert stream.end(topic, 0) == 97


def test_records_expire_but_the_last_of_a_partition_stays(embedded: tuple[InProcessBackend, InProcessStream]) -> None:
    backend, stream = embedded
    topic = backend.topic(partitions=1, retention_days=90)
    old = [record("a", n, time=NOON - timedelta(days=100 - n)) for n in range(1, 21)]
    stream.publish(topic, old)
    assert stream.expire(topic, NOON) == 9
    assert [got.record.envelope.sequence for got in read_all(stream, topic)] == list(range(10, 21))
    assert stream.expire(topic, NOON + timedelta(days=999)) == 10
    stream.publish(topic, [record("a", 21)])
    assert [(got.offset, got.record.envelope.sequence) for got in read_all(stream, topic)] == [(19, 20), (20, 21)]
    assert stream.expire(backend.topic(), NOON) == 0


def test_a_closed_stream_fails_for_now(embedded: tuple[InProcessBackend, InProcessStream]) -> None:
    backend, stream = embedded
    stream.close()
    with pytest.raises(TemporaryFailure):
        stream.fetch(backend.topic(), 0, START, 1)
    with pytest.raises(TemporaryFailure):
        stream.publish(backend.topic(), [record("a", 1)])
