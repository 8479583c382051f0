"""From a log to a topic, in order and without loss: the relay knows nothing but the log and the end of the topic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, Protocol, TypeVar

from services.contracts.topics import Topic
from services.kit.failures import PermanentFailure
from services.kit.logs import logger
from services.kit.metrics import Metrics
from services.kit.stream.lease import Lease
from services.kit.stream.port import START, Delivered, Reader, Record, Stream


class Positioned(Protocol):
    @property
    def position(self) -> int:
        """Place in the log, from 1, gapless."""
        ...


R = TypeVar("R", bound=Positioned)
R_co = TypeVar("R_co", bound=Positioned, covariant=True)


class Source(Protocol[R_co]):
    def select(self, after: int, limit: int) -> Sequence[R_co]:
        """Rows of the log behind a position, in order; may raise TemporaryFailure."""
        ...


class Relay(Generic[R]):
    """A worker. `to_record` gives each row its record, with the row's position as sequence.

    It is the only one to publish to its topic. It keeps no position of its own: after a start, a failure or a change
    of holder it reads the highest sequence at the end of the topic, so a record is neither lost nor put twice.
    A hole in the positions is an alarm: it publishes what is before the hole and stands still.
    """

    def __init__(
        self,
        source: Source[R],
        stream: Stream,
        topic: Topic,
        to_record: Callable[[R], Record],
        *,
        lease: Lease,
        metrics: Metrics,
        slice_size: int = 500,
    ) -> None:
        self._source = source
        self._stream = stream
        self._topic = topic
        self._to_record = to_record
        self._lease = lease
        self._metrics = metrics
        self._slice_size = slice_size
        self._position: int | None = None
        self._hole: int | None = None
        self.name = f"relay {topic.name}"

    def run_once(self) -> int:
        if not self._lease.hold():
            self._position = None
            return 0
        if self._hole is not None:
            return 0
        if self._position is None:
            self._position = last_sequence(self._stream, self._topic)
        rows = self._before_hole(self._source.select(self._position, self._slice_size), self._position)
        if rows:
            self._publish(rows)
        return len(rows)

    def lag(self, head: int) -> int:
        """How many rows of a log with this head are not on the stream as far as this relay knows."""
        return head - (self._position or 0)

    def sound(self) -> None:
        """A check for Health."""
        if self._hole is not None:
            raise PermanentFailure("log-has-a-hole")

    def _publish(self, rows: Sequence[R]) -> None:
        records = [self._to_record(row) for row in rows]
        if any(record.envelope.sequence != row.position for record, row in zip(records, rows, strict=True)):
            raise PermanentFailure("sequence-is-not-the-position")
        self._position, position = None, rows[-1].position
        self._stream.publish(self._topic, records)
        self._position = position
        self._metrics.set("chorus_relay_position", position, topic=self._topic.name)

    def _before_hole(self, rows: Sequence[R], position: int) -> Sequence[R]:
        for index, row in enumerate(rows):
            if row.position != position + 1 + index:
                self._hole = position + 1 + index
                self._metrics.set("chorus_relay_holes", 1, topic=self._topic.name)
                logger(__name__).error("the log has a hole", topic=self._topic.name, position=self._hole)
                return rows[:index]
        return rows


def last_sequence(reader: Reader, topic: Topic) -> int:
    """The highest sequence on the topic, 0 where it is empty.

    Sequences grow within a partition, so the last record of each partition decides.
    """
    lasts = (_last(reader, topic, partition) for partition in reader.partitions(topic))
    return max((last.record.envelope.sequence for last in lasts if last is not None), default=0)


def _last(reader: Reader, topic: Topic, partition: int) -> Delivered | None:
    """The last record of a partition: a few steps back from its end, since the end itself may hold no record."""
    end, back = reader.end(topic, partition), 1
    while end > START:
        after, last = max(end - back, START), None
        while found := reader.fetch(topic, partition, after, 500):
            last = found[-1]
            after = last.offset
        if last is not None or end - back <= START:
            return last
        back *= 8
    return None
