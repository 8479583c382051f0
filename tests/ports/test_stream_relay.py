"""The relay puts a log on a topic: everything, once, in order, whatever happens in between."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.contracts.topics import Topic
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.metrics import Metrics
from services.kit.stream.lease import AlwaysHeld, FileLease, Lease
from services.kit.stream.port import Record, Stream
from services.kit.stream.relay import Relay, last_sequence
from tests.support.streams import BACKENDS, Backend, read_all, record


@dataclass
class Row:
    position: int


class Log:
    def __init__(self, size: int = 0) -> None:
        self.rows = [Row(n) for n in range(1, size + 1)]

    def select(self, after: int, limit: int) -> Sequence[Row]:
        return [row for row in self.rows if row.position > after][:limit]

    def grow(self, count: int) -> None:
        start = self.rows[-1].position if self.rows else 0
        self.rows += [Row(start + n) for n in range(1, count + 1)]


def to_record(row: Row) -> Record:
    return record(f"key-{row.position % 5}", row.position)


@pytest.fixture(params=list(BACKENDS))
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    backend = BACKENDS[request.param](tmp_path)
    yield backend
    backend.close()


class Setting:
    def __init__(self, backend: Backend, size: int) -> None:
        self.backend = backend
        self.topic: Topic = backend.topic(continued=True)
        self.log = Log(size)
        self.metrics = Metrics()
        self.stream: Stream = backend.open()

    def relay(self, stream: Stream | None = None, lease: Lease | None = None, slice_size: int = 10) -> Relay[Row]:
        return Relay(
            self.log,
            stream or self.stream,
            self.topic,
            to_record,
            lease=lease or AlwaysHeld(),
            metrics=self.metrics,
            slice_size=slice_size,
        )

    def on_topic(self) -> list[int]:
        return sorted(got.record.envelope.sequence for got in read_all(self.stream, self.topic))


@pytest.fixture
def setting(backend: Backend) -> Setting:
    return Setting(backend, 35)


def drain(relay: Relay[Row]) -> int:
    done = 0
    while step := relay.run_once():
        done += step
    return done


def test_the_whole_log_once_and_in_order(setting: Setting) -> None:
    relay = setting.relay()
    assert relay.run_once() == 10
    assert drain(relay) == 25
    setting.log.grow(3)
    assert drain(relay) == 3
    assert setting.on_topic() == list(range(1, 39))
    assert setting.metrics.value("chorus_relay_position", topic=setting.topic.name) == 38
    assert relay.lag(40) == 2


def test_a_new_relay_goes_on_where_the_topic_ends(setting: Setting) -> None:
    setting.relay().run_once()
    assert last_sequence(setting.stream, setting.topic) == 10
    assert drain(setting.relay(setting.backend.open(), slice_size=7)) == 25
    assert setting.on_topic() == list(range(1, 36))


class Flaky:
    """A stream that fails, before or after it has taken the records."""

    def __init__(self, stream: Stream, taken: bool) -> None:
        self._stream = stream
        self._taken = taken
        self.partitions, self.fetch, self.end, self.wake = stream.partitions, stream.fetch, stream.end, stream.wake
        self.last, self.take_over = stream.last, stream.take_over
        self.failing = True

    def publish(self, topic: Topic, records: Sequence[Record]) -> None:
        if self._taken or not self.failing:
            self._stream.publish(topic, records)
        if self.failing:
            raise TemporaryFailure("stream-away")


@pytest.mark.parametrize("taken", [True, False])
def test_an_answer_that_is_lost_loses_and_repeats_nothing(setting: Setting, taken: bool) -> None:
    flaky = Flaky(setting.stream, taken)
    relay = setting.relay(flaky)
    for _ in range(2):
        with pytest.raises(TemporaryFailure):
            relay.run_once()
    flaky.failing = False
    drain(relay)
    assert setting.on_topic() == list(range(1, 36))


def test_a_hole_stops_the_relay_with_an_alarm(setting: Setting) -> None:
    del setting.log.rows[12]
    relay = setting.relay()
    relay.sound()
    assert drain(relay) == 12
    assert relay.run_once() == 0
    assert setting.on_topic() == list(range(1, 13))
    assert setting.metrics.value("chorus_relay_holes", topic=setting.topic.name) == 1
    with pytest.raises(PermanentFailure, match="log-has-a-hole"):
        relay.sound()


def test_a_record_must_carry_its_position(setting: Setting) -> None:
    relay = Relay(
        setting.log,
        setting.stream,
        setting.topic,
        lambda row: record("a", row.position + 1),
        lease=AlwaysHeld(),
        metrics=setting.metrics,
    )
    with pytest.raises(PermanentFailure):
        relay.run_once()
    assert setting.on_topic() == []


def test_one_relay_is_active_and_a_standby_takes_over(setting: Setting, tmp_path: Path) -> None:
    lease, other = FileLease(tmp_path / "relay.lock"), FileLease(tmp_path / "relay.lock")
    active, standby = setting.relay(lease=lease), setting.relay(setting.backend.open(), lease=other)
    assert active.run_once() == 10
    assert standby.run_once() == 0
    lease.release()
    assert drain(standby) == 25
    assert active.run_once() == 0
    assert setting.on_topic() == list(range(1, 36))
    other.release()
    setting.log.grow(1)
    assert active.run_once() == 1
    lease.release()


def test_a_lease_on_a_file_holds_against_other_processes(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    code = (
        "import sys; from pathlib import Path; from services.kit.stream.lease import FileLease; "
        f"sys.exit(0 if FileLease(Path({str(path)!r})).hold() else 7)"
    )
    lease = FileLease(path)
    assert lease.hold()
    assert lease.hold()
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 7
    lease.release()
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0
