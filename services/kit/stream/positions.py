"""How far a consumer has come in each partition, kept in the transaction of its effects."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, select

from services.contracts.topics import Topic
from services.kit.failures import PermanentFailure
from services.kit.sql.locks import lock_all_in
from services.kit.sql.upsert import insert
from services.kit.stream.port import START, Delivered
from services.kit.stream.tables import POSITIONS as T

_MOVED = insert(T)
_STORE: Final = _MOVED.on_conflict_do_update(
    index_elements=[T.c.consumer, T.c.topic, T.c.partition, T.c.source],
    set_={"last_offset": _MOVED.excluded.last_offset, "last_sequence": _MOVED.excluded.last_sequence},
)


@dataclass
class Position:
    """The last offset of a partition, and the last sequence of each source that writes to it."""

    partition: int
    offset: int = START
    sequences: dict[str, int] = field(default_factory=dict)
    moved: dict[str, int] = field(default_factory=dict)

    def has_seen(self, delivered: Delivered, by_sequence: bool) -> bool:
        envelope = delivered.record.envelope
        if delivered.offset <= self.offset:
            return True
        return by_sequence and envelope.sequence <= self.sequences.get(envelope.source, -1)

    def check(self, last: Delivered | None) -> None:
        """`last` is what the topic has last up to here, and was read. Raises PermanentFailure when that is news: then
        the topic was made anew, has grown past this offset, and to go on would be to skip what came before."""
        if last is not None and last.record.envelope.sequence > self.sequences.get(last.record.envelope.source, -1):
            raise PermanentFailure("topic-made-anew")

    def advance(self, delivered: Delivered) -> None:
        if delivered.offset <= self.offset:
            return
        envelope = delivered.record.envelope
        self.offset = delivered.offset
        self.sequences[envelope.source] = max(envelope.sequence, self.sequences.get(envelope.source, -1))
        self.moved[envelope.source] = delivered.offset


class Positions:
    """The positions of one consumer in one topic."""

    def __init__(self, consumer: str, topic: Topic) -> None:
        self._consumer = consumer
        self._topic = topic.name

    def load(self, tx: Connection, partitions: Collection[int]) -> dict[int, Position]:
        """The positions, which nobody else moves until the transaction ends."""
        lock_all_in(tx, [f"position {self._consumer} {self._topic} {partition}" for partition in sorted(partitions)])
        return self.look(tx, partitions)

    def look(self, tx: Connection, partitions: Collection[int]) -> dict[int, Position]:
        """As they are at this moment."""
        rows = tx.execute(
            select(T.c.partition, T.c.source, T.c.last_offset, T.c.last_sequence).where(
                T.c.consumer == self._consumer, T.c.topic == self._topic, T.c.partition.in_(partitions)
            )
        )
        positions = {partition: Position(partition) for partition in partitions}
        for row in rows:
            position = positions[row.partition]
            position.offset = max(position.offset, row.last_offset)
            position.sequences[row.source] = row.last_sequence
        return positions

    def store(self, tx: Connection, positions: Collection[Position]) -> None:
        place = {"consumer": self._consumer, "topic": self._topic}
        rows = [
            {
                **place, "partition": position.partition, "source": source, "last_offset": offset,
                "last_sequence": position.sequences[source],
            }
            for position in positions
            for source, offset in position.moved.items()
        ]  # fmt: skip
        if rows:
            tx.execute(_STORE, rows)
