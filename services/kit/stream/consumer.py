"""Following a topic: effects and position in one transaction, repeats dropped, poison put aside with its key alone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection

from services.contracts.topics import Topic
from services.kit.failures import TemporaryFailure
from services.kit.logs import correlated, logger
from services.kit.metrics import Metrics
from services.kit.sql.engine import passing, temporary_when_busy
from services.kit.stream.announcing import Announcing
from services.kit.stream.crowd import Crowd
from services.kit.stream.dead_letters import BEHIND, DeadLetters, reason_of
from services.kit.stream.gathering import Gathered, Gathering
from services.kit.stream.handler import Handler
from services.kit.stream.lease import Share
from services.kit.stream.port import START, Delivered, Producer, Reader, Record
from services.kit.stream.positions import Position, Positions


class Consumer:
    """A worker: one slice each time, of all its partitions where something waits.

    `partitions`: all of the topic, some, or a share that changes as processes come and go. Two processes that take the
    same partition, as may happen for a moment, wait for one another, and the later one finds the records done.
    `by_sequence=False` is for topics on which several records of a source may share a sequence; then only the offset
    tells repeats, and effects should bear repetition.
    """

    def __init__(
        self,
        reader: Reader,
        topic: Topic,
        handler: Handler,
        *,
        metrics: Metrics,
        dead: Producer | None = None,
        partitions: Sequence[int] | Share | None = None,
        slice_size: int = 200,
        by_sequence: bool = True,
    ) -> None:
        self._reader = reader
        self._topic = topic
        self._handler = handler
        self._metrics = metrics
        self._own_partitions = partitions
        self._slice_size = slice_size
        self._by_sequence = by_sequence
        self._positions = Positions(handler.name, topic)
        self.letters = DeadLetters(handler.name, topic)
        self._offsets: dict[int, int] = {}
        self._parked_for: list[tuple[Delivered, Exception]] = []
        self._gather = Gathering(reader, topic, slice_size)
        self._crowd = Crowd()
        self._announcing = Announcing(self.letters, handler.begin, dead, topic, slice_size)
        self._one_at_a_time = threading.Lock()
        self.name = f"consumer {handler.name}"
        metrics.watch("chorus_consumer_lag", self._behind, consumer=handler.name)
        waiting = partial(self.letters.waiting, handler.look)
        metrics.watch("chorus_dead_letters_waiting", waiting, consumer=handler.name)

    def run_once(self) -> int:
        with self._one_at_a_time:
            partitions = self._partitions()
            self._notice_moves(partitions)
            if found := self._gather(partitions, self._known):
                return self._consume(found)
            return self._announcing.run_once()

    def redrive(self, key: str) -> int:
        """Plays the parked records of a key in order; a key whose records all succeed is parked no longer.

        Returns how many succeeded. Called by an operator once the cause is gone.
        """
        total = 0
        with self._one_at_a_time:
            while True:
                done, more = self._redrive_slice(key)
                total += done
                if not more:
                    return total

    def lag(self) -> int:
        """How many offsets lie between this consumer and the ends of its partitions."""
        return sum(max(0, self._reader.end(self._topic, at) - self._offset(at)) for at in self._partitions())

    def crowded(self) -> bool:
        """Whether a slice was full just now, so that more than one was waiting; asks nobody."""
        return self._crowd.is_there()

    def _behind(self) -> int:
        """The lag as far as it is known; asks nobody for partitions, since whoever looks is not the one who works."""
        known = list(self._offsets.items())
        return sum(max(0, self._reader.end(self._topic, at) - offset) for at, offset in known)

    def share(self) -> tuple[int, int]:
        """How many partitions are ours now, of how many."""
        return len(self._partitions()), len(self._reader.partitions(self._topic))

    def release(self) -> None:
        """At the end: other processes may take over what is ours."""
        if not isinstance(self._own_partitions, Sequence | None):
            self._own_partitions.release()

    def _partitions(self) -> Sequence[int]:
        if self._own_partitions is None:
            return self._reader.partitions(self._topic)
        return self._own_partitions if isinstance(self._own_partitions, Sequence) else self._own_partitions.mine()

    def _notice_moves(self, partitions: Sequence[int]) -> None:
        """What was a partition's of which another process goes on is not known any longer; who had one that is new here
        may have died with something to tell."""
        if set(partitions) - self._offsets.keys():
            self._announcing.look_again()
        if self._offsets.keys() - set(partitions):
            self._offsets = {partition: at for partition, at in self._offsets.items() if partition in partitions}
            self._handler.forget()

    def _known(self, partition: int) -> int:
        """Where it goes on; who begins, or begins again, looks whether the topic is still the one that it has read."""
        if partition not in self._offsets:
            position = self._position(partition)
            if position.offset > START:
                position.check(self._reader.last(self._topic, partition, before=position.offset + 1))
            self._offsets[partition] = position.offset
        return self._offsets[partition]

    def _consume(self, found: Gathered) -> int:
        count = sum(len(records) for records in found.values())
        if count == self._slice_size:
            self._crowd.came()
        try:
            self._slice(found, careful=False)
        except TemporaryFailure:
            raise
        except Exception as error:
            logger(__name__).warning(
                "slice will be taken record by record", consumer=self._handler.name, exc_info=error
            )
            self._slice(found, careful=True)
        self._metrics.count("chorus_consumer_records_total", count, consumer=self._handler.name)
        for partition, records in found.items():
            place = {"consumer": self._handler.name, "partition": partition}
            self._metrics.set("chorus_consumer_offset", records[-1].offset, **place)
        return count

    def _slice(self, found: Gathered, careful: bool) -> None:
        try:
            with temporary_when_busy(), self._handler.begin() as tx:
                positions = self._positions.load(tx, found)
                if any(position.offset != self._offsets[at] for at, position in positions.items()):
                    self._handler.forget()
                parked = self.letters.keys(tx)
                records = [one for at in found for one in found[at]]
                new = [one for one in records if not positions[one.partition].has_seen(one, self._by_sequence)]
                if not careful:
                    self._handler.foresee(tx, [one.record for one in new if _key(one) not in parked])
                for delivered in records:
                    if not positions[delivered.partition].has_seen(delivered, self._by_sequence):
                        self._take(tx, delivered, parked, careful)
                    positions[delivered.partition].advance(delivered)
                if not careful:
                    self._handler.finish(tx)
                self._positions.store(tx, positions.values())
        except BaseException:
            self._handler.forget()
            raise
        finally:
            self._tell_parked()
        self._offsets.update({at: position.offset for at, position in positions.items()})

    def _take(self, tx: Connection, delivered: Delivered, parked: set[str], careful: bool) -> None:
        key = _key(delivered)
        if key in parked:
            self._park(tx, delivered, BEHIND)
        elif not careful:
            self._handle(tx, delivered.record)
        elif reason := self._carefully(tx, delivered):
            parked.add(key)
            self._park(tx, delivered, reason)

    def _handle(self, tx: Connection, record: Record) -> None:
        """What is logged or planned meanwhile names the request that the record goes back to."""
        with correlated(record.envelope.correlationid, record.envelope.id):
            self._handler.handle(tx, record)

    def _carefully(self, tx: Connection, delivered: Delivered) -> str | None:
        """The effect of one record by itself; the reason when it failed and was undone."""
        try:
            with tx.begin_nested():
                self._handle(tx, delivered.record)
                self._handler.finish(tx)
        except Exception as error:
            if passing(error):
                raise
            self._handler.forget()
            self._parked_for.append((delivered, error))
            return reason_of(error)
        return None

    def _tell_parked(self) -> None:
        """After the transaction: telling of an error may take seconds, and rows are locked meanwhile."""
        for delivered, error in self._parked_for:
            place = {"topic": self._topic.name, "partition": delivered.partition, "offset": delivered.offset}
            told = {"consumer": self._handler.name, "reason": reason_of(error), **place}
            logger(__name__).error("record parked", exc_info=error, **told)
        self._parked_for.clear()

    def _park(self, tx: Connection, delivered: Delivered, reason: str) -> None:
        self.letters.put(tx, delivered, reason)
        self._metrics.count("chorus_dead_letters_total", consumer=self._handler.name)
        self._announcing.look_again()

    def _redrive_slice(self, key: str) -> tuple[int, bool]:
        done = 0
        try:
            with temporary_when_busy(), self._handler.begin() as tx:
                letters = self.letters.of_key(tx, key, self._slice_size)
                if letters:
                    self._positions.load(tx, [letters[0].partition])
                    letters = self.letters.of_key(tx, key, self._slice_size)
                for letter in letters:
                    if reason := self._carefully(tx, letter):
                        self.letters.blame(tx, letter, reason)
                        return done, False
                    self.letters.remove(tx, letter)
                    done += 1
        except BaseException:
            self._handler.forget()
            raise
        finally:
            self._tell_parked()
        return done, bool(letters)

    def _offset(self, partition: int) -> int:
        known = self._offsets.get(partition)
        return self._position(partition).offset if known is None else known

    def _position(self, partition: int) -> Position:
        with temporary_when_busy(), self._handler.look() as tx:
            return self._positions.look(tx, [partition])[partition]


def _key(delivered: Delivered) -> str:
    return delivered.record.envelope.partitionkey
