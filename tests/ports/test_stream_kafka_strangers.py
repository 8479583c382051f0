"""The topics as others see them: with the CloudEvents SDK, with kcat; and what others put there by mistake."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from structlog.testing import capture_logs

from services.kit.stream import kafka_clients
from services.kit.stream.kafka_library import TopicPartition
from tests.support.streams import KafkaBackend, read_all, record

CORRELATION = "4b1c1f0e-2a9b-4a54-8f0e-8a1d0c6f7e22"
DATA = '{"what":"冻结","amount":"12.50"}'.encode()


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[KafkaBackend]:
    backend = KafkaBackend(tmp_path)
    yield backend
    backend.close()


def test_the_sdk_of_cloudevents_reads_the_topic(backend: KafkaBackend) -> None:
    topic = backend.topic(partitions=1, continued=True)
    sent = record("campaign-1", 7, DATA, correlationid=CORRELATION)
    backend.open().publish(topic, [sent])
    client = kafka_clients.consumer(backend.settings, "stranger", 10)
    client.assign([TopicPartition(topic.name, 0)])
    client.seek_to_beginning()
    (records,) = client.poll(timeout_ms=10_000).values()
    client.close()
    message = KafkaMessage(headers=dict(records[0].headers), key=records[0].key, value=records[0].value)
    event = from_binary(message, JSONFormat(), CloudEvent)
    assert (event.get_id(), event.get_source(), event.get_type()) == ("campaign-1-7", "/log", "thing.happened")
    assert event.get_time() == sent.envelope.time
    assert event.get_extension("correlationid") == CORRELATION
    assert event.get_extension("partitionkey") == "campaign-1"
    assert event.get_data() == json.loads(DATA)


def test_kcat_reads_the_topic(backend: KafkaBackend) -> None:
    topic = backend.topic(partitions=2, continued=True)
    stream = backend.open()
    stream.publish(topic, [record("campaign-1", n, DATA) for n in (1, 2)])
    stream.publish(topic, [record("campaign-1", 3, own_key="campaign-1/3", tombstone=True)])
    command = ["kcat", "-b", backend.settings.servers[0], "-C", "-e", "-q", "-Z", "-t", topic.name]
    seen = subprocess.run(
        [*command, "-X", "isolation.level=read_committed", "-f", "%k|%h|%s\n"],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip
    lines = [line.split("|") for line in seen.stdout.decode().splitlines()]
    assert [(key, data) for key, _, data in lines] == [
        ("campaign-1", DATA.decode()),
        ("campaign-1", DATA.decode()),
        ("campaign-1/3", "NULL"),
    ]
    headers = dict(pair.split("=", 1) for pair in lines[0][1].split(","))
    assert headers["content-type"] == "application/json"
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_sequence"] == f"{1:019d}"


def test_what_is_no_envelope_is_passed_over_and_told(backend: KafkaBackend) -> None:
    topic, stream = backend.topic(partitions=1), backend.open()
    stream.publish(topic, [record("a", 1)])
    stranger = kafka_clients.producer(backend.settings, "stranger", None)
    stranger.send(topic.name, value=b"who am I", key=b"x", partition=0).get(timeout=10)
    stranger.send(topic.name, value=b"{}", headers=[("ce_id", b"\xff")], partition=0).get(timeout=10)
    stranger.close(timeout=5)
    stream.publish(topic, [record("a", 2)])
    with capture_logs() as told:
        found = read_all(stream, topic)
        assert stream.fetch(topic, 0, found[-1].offset, 10) == []
    assert [one.record.envelope.sequence for one in found] == [1, 2]
    assert [(one["reason"], one["log_level"]) for one in told] == [("BadEnvelope", "error")] * 2
    assert "who am I" not in repr(told)
