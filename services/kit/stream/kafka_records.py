"""Our records as Kafka's library has them: CloudEvents attributes in headers, data as value (binary mode)."""

from __future__ import annotations

from typing import Any

from services.contracts.envelope import BadEnvelope, Envelope
from services.contracts.topics import Topic, partition_of
from services.kit.logs import logger
from services.kit.stream.port import Delivered, Record

Message = dict[str, Any]


def to_message(topic: Topic, record: Record) -> Message:
    return {
        "value": None if record.tombstone else record.envelope.data,
        "key": record.key.encode(),
        "headers": record.envelope.to_headers(),
        "partition": partition_of(record.envelope.partitionkey, topic.partitions),
    }


def from_message(found: Any) -> Delivered | None:
    """None for what is no envelope of ours: somebody else wrote it, and nobody here can know what to do with it."""
    try:
        envelope = Envelope.from_headers(found.headers, found.value or b"")
        key = found.key.decode()
    except (BadEnvelope, AttributeError, UnicodeDecodeError) as error:
        where = {"topic": found.topic, "partition": found.partition, "offset": found.offset}
        logger(__name__).error("a record that is no envelope is passed over", reason=type(error).__name__, **where)
        return None
    own_key = None if key == envelope.partitionkey else key
    return Delivered(found.partition, found.offset, Record(envelope, own_key, tombstone=found.value is None))
