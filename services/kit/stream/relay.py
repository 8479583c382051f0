"""From a log to a topic, in order and without loss: the relay knows nothing but the log and the end of the topic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from services.contracts.topics import Topic
from services.kit.failures import PermanentFailure
from services.kit.logs import logger
from services.kit.metrics import Metrics
from services.kit.stream.lease import Lease
from services.kit.stream.port import Reader, Record, Stream


class Positioned(Protocol):
    @property
    def position(self) -> int:
        """Place in the log, from 1, gapless."""
        ...


SLICE: Final = 500
R = TypeVar("R", bound=Positioned)
R_co = TypeVar("R_co", bound=Positioned, covariant=True)


class Source(Protocol[R_co]):
    def select(self, after: int, limit: int) -> Sequence[R_co]:
        """Rows of the log behind a position, in order; may raise TemporaryFailure."""
        ...


class Relay(Generic[R]):
    """A worker. `to_record` gives each row its record, with the row's position as sequence.

    It is the only one to publish to its topic. It keeps no position of its own: after a start, a failure or a change
    of holder it takes the topic over and reads the highest sequence at its end, so a record is neither lost nor put
    twice, even while a former holder still believes in its lease.
    A hole in the positions is an alarm: it publishes what is before the hole and stands still. So is a topic that does
    not continue from this log: what the topic has last must stand in the log at that very position, else the log was
    put back to an earlier state and whatever is published now would contradict what everybody has read.
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
        slice_size: int = SLICE,
    ) -> None:
        self._source = source
        self._stream = stream
        self._topic = topic
        self._to_record = to_record
        self._lease = lease
        self._metrics = metrics
        self._slice_size = slice_size
        self._position: int | None = None
        self._last_id: str | None = None
        self._hole: int | None = None
        self._ahead = False
        self.name = f"relay {topic.name}"

    def run_once(self) -> int:
        if not self._lease.hold():
            self._position = None
            return 0
        if self._hole is not None or self._ahead:
            return 0
        if self._position is None:
            self._stream.take_over(self._topic)
            self._last_id, self._position = _end_of(self._stream, self._topic)
            self._metrics.set("chorus_relay_position", self._position, topic=self._topic.name)
        rows = self._before_hole(self._continued(self._position), self._position)
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
        if self._ahead:
            raise PermanentFailure("topic-ahead-of-log")

    def _publish(self, rows: Sequence[R]) -> None:
        records = [self._to_record(row) for row in rows]
        if any(record.envelope.sequence != row.position for record, row in zip(records, rows, strict=True)):
            raise PermanentFailure("sequence-is-not-the-position")
        self._position, position = None, rows[-1].position
        self._stream.publish(self._topic, records)
        self._position, self._last_id = position, records[-1].envelope.id
        self._metrics.set("chorus_relay_position", position, topic=self._topic.name)
        for record in records:
            self._metrics.count("chorus_relay_records_total", topic=self._topic.name, type=record.envelope.type)

    def _continued(self, position: int) -> Sequence[R]:
        """The next rows, once the row at `position` proved to be what the topic has there."""
        if position == 0:
            return self._source.select(0, self._slice_size)
        rows = self._source.select(position - 1, self._slice_size + 1)
        if rows and rows[0].position == position and self._to_record(rows[0]).envelope.id == self._last_id:
            return rows[1:]
        self._ahead = True
        self._metrics.set("chorus_relay_ahead", 1, topic=self._topic.name)
        logger(__name__).error("the topic is ahead of the log", topic=self._topic.name, position=position)
        return ()

    def _before_hole(self, rows: Sequence[R], position: int) -> Sequence[R]:
        for index, row in enumerate(rows):
            if row.position != position + 1 + index:
                self._hole = position + 1 + index
                self._metrics.set("chorus_relay_holes", 1, topic=self._topic.name)
                logger(__name__).error("the log has a hole", topic=self._topic.name, position=self._hole)
                return rows[:index]
        return rows


def last_sequence(reader: Reader, topic: Topic) -> int:
    """The highest sequence on the topic, 0 where it is empty."""
    return _end_of(reader, topic)[1]


def _end_of(reader: Reader, topic: Topic) -> tuple[str | None, int]:
    """Id and sequence of the record with the highest sequence.

    Sequences grow within a partition, so the last record of each partition decides.
    """
    lasts = [last for at in reader.partitions(topic) if (last := reader.last(topic, at)) is not None]
    if not lasts:
        return None, 0
    envelope = max((last.record.envelope for last in lasts), key=lambda each: each.sequence)
    return envelope.id, envelope.sequence
