"""How far a consumer has come in each partition, kept in the transaction of its effects."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, insert, select, update

from services.contracts.topics import Topic
from services.kit.sql.locks import lock_in
from services.kit.stream.port import START, Delivered
from services.kit.stream.tables import POSITIONS as T


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

    def load(self, tx: Connection, partition: int) -> Position:
        """The position, which nobody else moves until the transaction ends."""
        lock_in(tx, f"position {self._consumer} {self._topic} {partition}")
        return self.look(tx, partition)

    def look(self, tx: Connection, partition: int) -> Position:
        """As it is at this moment."""
        rows = tx.execute(
            select(T.c.source, T.c.last_offset, T.c.last_sequence).where(
                T.c.consumer == self._consumer, T.c.topic == self._topic, T.c.partition == partition
            )
        ).all()
        sequences = {row.source: row.last_sequence for row in rows}
        return Position(partition, max((row.last_offset for row in rows), default=START), sequences)

    def store(self, tx: Connection, position: Position) -> None:
        for source, offset in position.moved.items():
            key = {"consumer": self._consumer, "topic": self._topic, "partition": position.partition, "source": source}
            values = {"last_offset": offset, "last_sequence": position.sequences[source]}
            there = tx.execute(update(T).where(*(T.c[name] == value for name, value in key.items())).values(values))
            if not there.rowcount:
                tx.execute(insert(T).values(key | values))
