"""The stream as everybody sees it: topics of partitions of records, in order, with offsets; two adapters, one suite.

Positions are the reader's own business: whoever reads keeps them in its own database, in the transaction of its
effects. Nothing is acknowledged to the stream.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from services.contracts.envelope import Envelope
from services.contracts.topics import Topic

START = -1
"""The offset before the first record."""


@dataclass(frozen=True)
class Record:
    """An envelope on its way. `envelope.partitionkey` chooses the partition, and is the key unless another is given.

    On a compacted topic the last record of a key stays; a tombstone (without data) says that the key is gone.
    """

    envelope: Envelope
    own_key: str | None = None
    tombstone: bool = False

    @property
    def key(self) -> str:
        return self.envelope.partitionkey if self.own_key is None else self.own_key


@dataclass(frozen=True)
class Delivered:
    """A record where it lies; offsets grow within a partition, with holes where records were compacted or expired."""

    partition: int
    offset: int
    record: Record


class Producer(Protocol):
    def publish(self, topic: Topic, records: Sequence[Record]) -> None:
        """Puts records at the end of their partitions, in the order given; readers see all of them or none, and all
        when it returns. On a topic that several publish to at once a failure may leave the first ones there.

        Called by relays and by consumers that publish. Raises TemporaryFailure when the stream is away or another
        publisher took over; then it is not known whether the records were put, and the caller looks (see relay) or
        repeats. Raises PermanentFailure when the stream refuses us or the records.
        """
        ...


class Reader(Protocol):
    def partitions(self, topic: Topic) -> range:
        """The partitions of the topic; raises TemporaryFailure."""
        ...

    def fetch(
        self, topic: Topic, partition: int, after_offset: int, limit: int, *, sure: bool = True
    ) -> list[Delivered]:
        """Up to `limit` records behind an offset (START for all), in order; empty at the end, without waiting.

        May return fewer than `limit` while more follow, and none when it need not be `sure`: then it gives what is at
        hand and asks nobody. Raises TemporaryFailure.
        """
        ...

    def end(self, topic: Topic, partition: int) -> int:
        """An offset that no record present now exceeds, START for a partition never written to; TemporaryFailure."""
        ...

    def last(self, topic: Topic, partition: int, before: int | None = None) -> Delivered | None:
        """The last record present (before an offset), None where there is none; TemporaryFailure.

        Called by a relay when it begins, and by a consumer that looks whether the topic is the one it has read.
        """
        ...

    def wake(self, topic: Topic, hint: Callable[[], None]) -> None:
        """Asks that `hint` be called soon after records came. Only a hint: readers poll all the same."""
        ...


class Stream(Producer, Reader, Protocol):
    """Both sides of one stream."""

    def take_over(self, topic: Topic) -> None:
        """Ends what a former publisher of the topic left half done, and refuses it from then on: what is read
        afterwards is all there is. Called by a relay before it looks at the end of the topic; TemporaryFailure.
        """
        ...
