"""The envelope against the CloudEvents SDK, and the partitions against Kafka's own hash."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.envelope import BadEnvelope, Envelope
from services.contracts.topics import CAMPAIGN_EVENTS, NOTIFIER_EVENTS, PROGRESS, TOPICS, murmur2, partition_of

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # the client reads its schemas the old way
    from kafka.partitioner.default import murmur2 as kafka_murmur2

PLAIN = Envelope(
    id="7f6a2d4e-58c1-4c39-9b0f-0d4be7f4a111",
    source="/campaign",
    type="membership.joined",
    time=datetime(2026, 3, 1, 12, tzinfo=UTC),
    partitionkey="5b1f0c9e-2222-4c39-9b0f-0d4be7f4a111",
    sequence=42,
    data='{"what":"冻结"}'.encode(),
)
FULL = replace(
    PLAIN,
    time=datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC),
    correlationid="request 7",
    causationid="合声",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    subject="m1",
    dataschema="https://example.org/schema",
    extensions={"deadreason": "bad-leaf", "deadconsumer": "plan"},
)


@pytest.mark.parametrize("envelope", [PLAIN, FULL])
def test_headers_tell_the_whole_envelope(envelope: Envelope) -> None:
    assert Envelope.from_headers(envelope.to_headers(), envelope.data) == envelope


@pytest.mark.parametrize("envelope", [PLAIN, FULL])
def test_the_sdk_reads_what_we_write(envelope: Envelope) -> None:
    message = KafkaMessage(dict(envelope.to_headers()), envelope.partitionkey, envelope.data)
    event = from_binary(message, JSONFormat(), CloudEvent)
    assert (event.get_id(), event.get_source(), event.get_type()) == (envelope.id, envelope.source, envelope.type)
    assert event.get_time() == envelope.time
    assert event.get_specversion() == "1.0"
    assert event.get_datacontenttype() == "application/json"
    assert event.get_data() == {"what": "冻结"}
    assert (event.get_subject(), event.get_dataschema()) == (envelope.subject, envelope.dataschema)
    assert int(event.get_extension("sequence")) == 42
    assert event.get_extension("partitionkey") == envelope.partitionkey
    for name, value in envelope.extensions.items():
        assert event.get_extension(name) == value


@pytest.mark.parametrize("envelope", [PLAIN, FULL])
def test_we_read_what_the_sdk_writes(envelope: Envelope) -> None:
    attributes: dict[str, Any] = {
        name: value
        for name, value in vars(envelope).items()
        if value is not None and name not in ("data", "extensions", "sequence")
    }
    attributes |= {"datacontenttype": "application/json", "sequence": "42", **envelope.extensions}
    message = to_binary(CloudEvent(attributes, {"what": "冻结"}), JSONFormat())
    assert message.key == envelope.partitionkey
    read = Envelope.from_headers(message.headers.items(), message.value)
    assert replace(read, data=envelope.data) == envelope


def test_sequences_as_text_keep_their_order() -> None:
    texts = [dict(replace(PLAIN, sequence=n).to_headers())["ce_sequence"] for n in (0, 9, 10, 2**62)]
    assert texts == sorted(texts)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [pair for pair in PLAIN.to_headers() if pair[0] != "ce_id"],
        [(name, b"0.3" if name == "ce_specversion" else value) for name, value in PLAIN.to_headers()],
        [(name, b"yesterday" if name == "ce_time" else value) for name, value in PLAIN.to_headers()],
        [(name, b"2026-03-01T12:00:00" if name == "ce_time" else value) for name, value in PLAIN.to_headers()],
        [(name, b"-1" if name == "ce_sequence" else value) for name, value in PLAIN.to_headers()],
        [(name, b"\xff" if name == "ce_source" else value) for name, value in PLAIN.to_headers()],
        [(name, b"" if name == "ce_type" else value) for name, value in PLAIN.to_headers()],
    ],
)
def test_what_is_no_envelope_is_refused(headers: list[tuple[str, bytes]]) -> None:
    with pytest.raises(BadEnvelope):
        Envelope.from_headers(headers, b"{}")


@pytest.mark.parametrize("name", ["id", "Dead", "dead_reason", ""])
def test_an_extension_has_a_lawful_name_of_its_own(name: str) -> None:
    with pytest.raises(BadEnvelope):
        replace(PLAIN, extensions={name: "x"})


@pytest.mark.parametrize(
    ("data", "signed"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_murmur2_has_the_values_of_kafkas_own_test(data: bytes, signed: int) -> None:
    assert murmur2(data) == signed & 0xFFFFFFFF


@given(st.binary(max_size=40))
def test_murmur2_agrees_with_the_kafka_client(data: bytes) -> None:
    assert murmur2(data) == kafka_murmur2(data) & 0xFFFFFFFF


def test_every_topic_has_its_dead_topic_and_keys_spread_over_all_partitions() -> None:
    assert [topic.name for topic in TOPICS if topic.name.endswith(".dead")] == [
        f"{topic.name}.dead" for topic in (CAMPAIGN_EVENTS, PROGRESS, NOTIFIER_EVENTS)
    ]
    assert PROGRESS.compacted
    assert not PROGRESS.dead.compacted
    assert {partition_of(f"key-{n}", 12) for n in range(500)} == set(range(12))
