"""On a real broker: whatever happens to relays, the topic holds the log, whole, once and in order."""

from __future__ import annotations

import random
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.contracts.topics import Topic
from services.kit.failures import TemporaryFailure
from services.kit.metrics import Metrics
from services.kit.stream.kafka import KafkaStream
from services.kit.stream.lease import AlwaysHeld
from services.kit.stream.relay import Relay, last_sequence
from tests.support.streams import KafkaBackend, read_all, record

ROOT = Path(__file__).parents[2]
SIZE = 6000
KILLS = 4


@dataclass
class Row:
    position: int


class Log:
    def __init__(self, size: int) -> None:
        self.size = size

    def select(self, after: int, limit: int) -> list[Row]:
        return [Row(n) for n in range(after + 1, min(after + limit, self.size) + 1)]


def relay(stream: KafkaStream, topic: Topic, size: int, slice_size: int) -> Relay[Row]:
    return Relay(
        Log(size),
        stream,
        topic,
        lambda row: record(f"key-{row.position % 40}", row.position, b"x" * 300),
        lease=AlwaysHeld(),
        metrics=Metrics(),
        slice_size=slice_size,
    )


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[KafkaBackend]:
    backend = KafkaBackend(tmp_path)
    yield backend
    backend.close()


def assert_log_order(stream: KafkaStream, topic: Topic, size: int) -> None:
    got = read_all(stream, topic, limit=1000)
    assert sorted(one.record.envelope.sequence for one in got) == list(range(1, size + 1))
    for partition in stream.partitions(topic):
        here = [one.record.envelope.sequence for one in got if one.partition == partition]
        assert here == sorted(here)


def test_a_relay_that_is_killed_in_the_middle_loses_and_repeats_nothing(backend: KafkaBackend) -> None:
    topic, dice = backend.topic(partitions=12, continued=True), random.Random(4)
    stream = backend.open()
    middles = 0
    for _ in range(KILLS):
        before = last_sequence(stream, topic)
        child = _relay_process(backend, topic)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(dice.uniform(0.0, 0.25))
        child.kill()
        child.wait()
        child.stdout.close()
        stream.take_over(topic)
        middles += before < last_sequence(stream, topic) < SIZE
    assert middles >= KILLS // 2, "too few relays died in the middle of their work"
    finishing = relay(stream, topic, SIZE, 500)
    while finishing.run_once():
        pass
    assert_log_order(stream, topic, SIZE)


def _relay_process(backend: KafkaBackend, topic: Topic) -> subprocess.Popen[bytes]:
    code = f"""
        from services.contracts.topics import Topic
        from services.kit.stream.kafka import KafkaSettings, KafkaStream
        from tests.ports.test_stream_kafka_relay import relay
        stream = KafkaStream(KafkaSettings(servers={backend.settings.servers!r}), "killed")
        one = relay(stream, Topic({topic.name!r}, 12, continued=True), {SIZE}, 25)
        one.run_once()
        print("begun", flush=True)
        while one.run_once():
            pass
    """
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code)], cwd=ROOT, stdout=subprocess.PIPE
    )


def test_two_relays_at_once_fence_each_other_and_harm_nothing(backend: KafkaBackend) -> None:
    topic, size = backend.topic(partitions=4, continued=True), 2400
    refused: list[str] = []

    def run(name: str) -> None:
        mine, dice = relay(backend.open(), topic, size, 20), random.Random(name)
        done = -1
        while done:
            try:
                done = mine.run_once()
            except TemporaryFailure as failure:
                refused.append(failure.code)
                time.sleep(dice.uniform(0.1, 0.5))

    threads = [threading.Thread(target=run, args=(name,)) for name in ("one", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert "stream-has-another-publisher" in refused
    assert_log_order(backend.open(), topic, size)


def test_whoever_takes_over_sees_all_that_was_committed_and_nothing_half_done(backend: KafkaBackend) -> None:
    topic = backend.topic(partitions=3, continued=True)
    former, later = backend.open(), backend.open()
    one, other = relay(former, topic, 100, 30), relay(later, topic, 100, 30)
    assert one.run_once() == 30
    assert other.run_once() == 30
    with pytest.raises(TemporaryFailure, match=r"stream-has-another-publisher|stream-away"):
        one.run_once()
    assert other.run_once() == 30
    assert one.run_once() == 10, "the former one looks again at the end of the topic"
    assert_log_order(later, topic, 100)
