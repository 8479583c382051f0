"""A broker that dies and comes back, that is away, that is just starting; and topics made as the contract says."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.contracts.topics import CAMPAIGN_EVENTS, PROGRESS, TOPICS, Topic, partition_of
from services.distributed.parts.kafka import _kept_classes, kafka_libraries
from services.distributed.parts.process import HOST, free_port
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.stream import kafka_ends, kafka_publisher
from services.kit.stream.cli import topics
from services.kit.stream.kafka import KafkaSettings, KafkaStream
from services.kit.stream.kafka_topics import create_topics
from services.kit.stream.port import START, Delivered
from tests.ports.test_stream_kafka_relay import assert_log_order, relay
from tests.support.kafka import OwnBroker, own_broker
from tests.support.kafka import broker as shared_broker
from tests.support.streams import read_all, record


@pytest.fixture(scope="module")
def broker() -> Iterator[OwnBroker]:
    with own_broker() as broker:
        yield broker


@pytest.fixture
def settings(broker: OwnBroker) -> KafkaSettings:
    return KafkaSettings(servers=(broker.bootstrap,))


def patiently(stream: KafkaStream, topic: Topic, size: int, seconds: float = 120) -> None:
    """Relays a log of this size, whatever happens meanwhile."""
    mine, until, done = relay(stream, topic, size, 50), time.monotonic() + seconds, -1
    while done and time.monotonic() < until:
        try:
            done = mine.run_once()
        except TemporaryFailure:
            time.sleep(0.2)
    assert not done


def follow(stream: KafkaStream, topic: Topic, enough: int, found: list[Delivered], seconds: float = 120) -> None:
    """Reads all partitions on and on, whatever happens meanwhile."""
    places, until = dict.fromkeys(range(topic.partitions), START), time.monotonic() + seconds
    while len(found) < enough and time.monotonic() < until:
        for partition, after in places.items():
            try:
                page = stream.fetch(topic, partition, after, 50)
            except TemporaryFailure:
                time.sleep(0.2)
                continue
            found += page
            places[partition] = page[-1].offset if page else after


def test_everything_goes_on_by_itself_after_a_broker_was_killed(broker: OwnBroker, settings: KafkaSettings) -> None:
    topic, size = Topic("killed.v1", 3, continued=True), 1500
    create_topics(settings, [topic])
    writer, reader = KafkaStream(settings, "writer"), KafkaStream(settings, "reader")
    found: list[Delivered] = []
    threads = [
        threading.Thread(target=patiently, args=(writer, topic, size)),
        threading.Thread(target=follow, args=(reader, topic, size, found)),
    ]
    for thread in threads:
        thread.start()
    while len(found) < size // 4:
        time.sleep(0.01)
    broker.kill()
    died = len(found)
    broker.start()
    for thread in threads:
        thread.join(130)
    assert died < size, "the broker died too late to matter"
    assert_log_order(reader, topic, size)
    for partition in range(3):
        here = [one.record.envelope.sequence for one in found if one.partition == partition]
        assert here == sorted(set(here))
    assert len(found) == size
    writer.close()
    reader.close()


def test_while_the_broker_is_away_calls_fail_in_time_and_closing_is_quick(
    broker: OwnBroker, settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_publisher, "PUBLISH_SECONDS", 2.0)
    monkeypatch.setattr(kafka_ends, "ANSWER_SECONDS", 1.0)
    topic, shared = Topic("away.v1", 1), Topic("away.v1.dead", 1, shared=True)
    create_topics(settings, [topic, shared])
    stream = KafkaStream(settings, "away")
    stream.publish(topic, [record("a", 1)])
    stream.publish(shared, [record("a", 1)])
    (first,) = stream.fetch(topic, 0, START, 10)
    broker.kill()
    for act in (
        lambda: stream.publish(topic, [record("a", 2)]),
        lambda: stream.publish(shared, [record("a", 2)]),
        lambda: stream.fetch(topic, 0, first.offset, 10),
        lambda: stream.take_over(topic),
    ):
        begun = time.monotonic()
        with pytest.raises(TemporaryFailure, match="stream-away"):
            act()
        assert time.monotonic() - begun < 5
    begun = time.monotonic()
    stream.close()
    assert time.monotonic() - begun < 10
    with pytest.raises(TemporaryFailure):
        stream.publish(topic, [record("a", 3)])
    broker.start()
    later = KafkaStream(settings, "later")
    later.publish(topic, [record("a", 4)])
    assert [one.record.envelope.sequence for one in read_all(later, topic)] in ([1, 4], [1, 2, 4])
    later.close()


def test_topics_are_made_once_and_told_when_they_differ(
    settings: KafkaSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHORUS_KAFKA", settings.servers[0])
    create_topics(settings, [replace(PROGRESS, partitions=3, compacted=False)])
    first = CliRunner().invoke(topics, [])
    assert first.exit_code == 1, "numbers of partitions decide where keys go, cleaning decides what stays"
    assert "made: campaign.events.v1 (12 partitions, kept for ever)" in first.output
    assert "there: progress.v1 (12 partitions, kept the last of each key)" in first.output
    assert "WRONG: progress.v1: partitions is 3, should be 12" in first.output
    assert "WRONG: progress.v1: cleanup.policy is delete, should be compact" in first.output
    again = CliRunner().invoke(topics, [])
    assert "made" not in again.output
    assert create_topics(replace(settings, replication=3), [CAMPAIGN_EVENTS])[1][0].setting == "copies"
    with pytest.raises(PermanentFailure, match="too-few-brokers"):
        create_topics(replace(settings, replication=3), [Topic("three.v1", 1)])
    stream = KafkaStream(settings, "looking")
    with pytest.raises(PermanentFailure, match="topic-has-too-few-partitions"):
        stream.partitions(PROGRESS)
    with pytest.raises(TemporaryFailure, match="topic-missing"):
        stream.publish(Topic("nowhere.v1", 1), [record("a", 1)])
    stream.close()


def test_the_command_waits_for_a_broker_that_is_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHORUS_KAFKA", f"{HOST}:{free_port()}")
    absent = CliRunner().invoke(topics, ["--patience", "1"])
    assert (absent.exit_code, "no broker answers" in absent.output) == (1, True)
    monkeypatch.setenv("CHORUS_KAFKA", "no port here")
    assert "CHORUS_KAFKA is not a readable list of HOST:PORT" in CliRunner().invoke(topics, []).output


def test_every_topic_has_its_place(settings: KafkaSettings) -> None:
    assert {topic.name for topic in TOPICS if topic.shared} == {topic.name for topic in TOPICS if ".dead" in topic.name}
    assert partition_of("a", 12) == partition_of("a", CAMPAIGN_EVENTS.partitions)


def test_a_broker_starts_with_what_an_earlier_one_loaded(tmp_path: Path) -> None:
    words = Path(f"/proc/{shared_broker().pid}/cmdline").read_bytes().split(b"\0")
    kept = kafka_libraries().parent / "classes.jsa"
    assert f"-XX:SharedArchiveFile={kept}".encode() in words
    (tmp_path / "classes.jsa").touch()
    assert _kept_classes(tmp_path / "libs") == [], "without content it says that there is nothing to begin with"
