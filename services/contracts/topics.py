"""The topics of the stream: name, number of partitions, how long records stay; and which partition a key goes to."""

from __future__ import annotations

from dataclasses import dataclass

_MASK = 0xFFFFFFFF


@dataclass(frozen=True)
class Topic:
    """`retention_days` None keeps records for ever; a compacted topic keeps the last record of each key.

    `continued`: its publisher goes on from the end of the topic, so a suffix that was lost is published again.
    `shared`: several publish to it at once; all other topics have one publisher at a time.
    """

    name: str
    partitions: int
    retention_days: int | None = None
    compacted: bool = False
    continued: bool = False
    shared: bool = False

    @property
    def dead(self) -> Topic:
        """Where a consumer of this topic puts what it could not handle."""
        return Topic(f"{self.name}.dead", 1, shared=True)


CAMPAIGN_EVENTS = Topic("campaign.events.v1", 12, continued=True)
PROGRESS = Topic("progress.v1", 12, compacted=True)
NOTIFIER_EVENTS = Topic("notifier.events.v1", 6, retention_days=90)

TOPICS = tuple(topic for live in (CAMPAIGN_EVENTS, PROGRESS, NOTIFIER_EVENTS) for topic in (live, live.dead))


def partition_of(key: str, partitions: int) -> int:
    """The partition of a key, the same as that of Kafka's default partitioner (murmur2 of its UTF-8 bytes)."""
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """The 32-bit MurmurHash2 of Kafka's clients (`Utils.murmur2`), unsigned."""
    size = len(data)
    h = 0x9747B28C ^ size
    whole = size - size % 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * 0x5BD1E995 & _MASK
        k = (k ^ k >> 24) * 0x5BD1E995 & _MASK
        h = (h * 0x5BD1E995 & _MASK) ^ k
    if whole < size:
        h = (h ^ int.from_bytes(data[whole:], "little")) * 0x5BD1E995 & _MASK
    h = (h ^ h >> 13) * 0x5BD1E995 & _MASK
    return h ^ h >> 15
