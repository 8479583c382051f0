"""A log that was put back to an earlier state must not be published behind what everybody has read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.contracts.topics import Topic
from services.kit.failures import PermanentFailure
from services.kit.metrics import Metrics
from services.kit.stream.lease import AlwaysHeld
from services.kit.stream.port import Record, Stream
from services.kit.stream.relay import Relay
from tests.support.streams import BACKENDS, Backend, read_all, record


@dataclass(frozen=True)
class Row:
    """`life` tells rows apart that got the same position before and after the log was put back."""

    position: int
    life: str = "first"


class Log:
    def __init__(self, *rows: Row) -> None:
        self.rows = list(rows)

    def select(self, after: int, limit: int) -> Sequence[Row]:
        return [row for row in self.rows if row.position > after][:limit]


def to_record(row: Row) -> Record:
    return record(f"key-{row.position % 5}", row.position, id=f"{row.life}-{row.position}")


class Installation:
    def __init__(self, stream: Stream, topic: Topic) -> None:
        self.stream, self.topic, self.metrics = stream, topic, Metrics()
        self.log = Log(*(Row(n) for n in range(1, 13)))

    def relay(self) -> Relay[Row]:
        return Relay(self.log, self.stream, self.topic, to_record, lease=AlwaysHeld(), metrics=self.metrics)

    def on_topic(self) -> list[str]:
        found = sorted((got.record.envelope for got in read_all(self.stream, self.topic)), key=lambda e: e.sequence)
        return [envelope.id for envelope in found]

    def restored(self, size: int, *written_since: int) -> None:
        self.log.rows = [Row(n) for n in range(1, size + 1)] + [Row(n, "second") for n in written_since]

    def stands_still(self, relay: Relay[Row]) -> bool:
        before = self.on_topic()
        assert [relay.run_once(), relay.run_once()] == [0, 0]
        with pytest.raises(PermanentFailure, match="topic-ahead-of-log"):
            relay.sound()
        assert self.metrics.value("chorus_relay_ahead", topic=self.topic.name) == 1
        return self.on_topic() == before


@pytest.fixture(params=list(BACKENDS))
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backend]:
    backend = BACKENDS[request.param](tmp_path)
    yield backend
    backend.close()


@pytest.fixture
def installation(backend: Backend) -> Installation:
    installation = Installation(backend.open(), backend.topic())
    assert installation.relay().run_once() == 12
    return installation


def test_a_log_shorter_than_the_topic_is_an_alarm(installation: Installation) -> None:
    installation.restored(9)
    assert installation.stands_still(installation.relay())


@pytest.mark.parametrize("since", [(10, 11), (10, 11, 12), (10, 11, 12, 13, 14)])
def test_so_is_a_log_that_went_on_otherwise(installation: Installation, since: tuple[int, ...]) -> None:
    installation.restored(9, *since)
    assert installation.stands_still(installation.relay())


def test_a_relay_that_runs_meanwhile_notices_too(installation: Installation) -> None:
    relay = installation.relay()
    assert relay.run_once() == 0
    relay.sound()
    installation.restored(9, 10, 11, 12, 13)
    assert installation.stands_still(relay)


def test_a_log_put_back_to_where_the_topic_ends_goes_on(installation: Installation) -> None:
    installation.restored(12, 13)
    relay = installation.relay()
    assert relay.run_once() == 1
    relay.sound()
    assert installation.on_topic()[-2:] == ["first-12", "second-13"]


def test_a_topic_made_anew_gets_the_whole_log(installation: Installation, backend: Backend) -> None:
    """What the runbook says to do once the log is what it is."""
    installation.restored(9, 10)
    installation.topic = backend.topic()
    assert installation.relay().run_once() == 10
    assert installation.on_topic() == [*(f"first-{n}" for n in range(1, 10)), "second-10"]
