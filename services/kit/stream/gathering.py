"""What waits in several partitions, gathered into one slice: a transaction costs the same however many it serves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.contracts.topics import Topic
from services.kit.stream.port import Delivered, Reader

Gathered = dict[int, list[Delivered]]


class Gathering:
    """Goes round the partitions, each time from where the next one's turn is."""

    def __init__(self, reader: Reader, topic: Topic, slice_size: int) -> None:
        self._reader = reader
        self._topic = topic
        self._slice_size = slice_size
        self._turn = 0
        self._passed_over: Exception | None = None

    def __call__(self, partitions: Sequence[int], offset: Callable[[int], int]) -> Gathered:
        """At most a slice, by partition; nothing only if nothing waits anywhere. `offset` is how far the reader came.

        A partition that cannot be read holds up no other: what others have comes first, it is told by the next call.
        """
        if self._passed_over is not None:
            failure, self._passed_over = self._passed_over, None
            raise failure
        found, failed = self._at_hand(partitions, offset)
        found = found or self._round(partitions, offset, sure=True)
        self._passed_over = failed if found else None
        return found

    def _at_hand(self, partitions: Sequence[int], offset: Callable[[int], int]) -> tuple[Gathered, Exception | None]:
        """A partition that cannot be read says nothing of what others have that have to be asked; where all were asked
        and none failed again, it is over."""
        try:
            return self._round(partitions, offset, sure=False), None
        except Exception as failure:
            return {}, failure

    def _round(self, partitions: Sequence[int], offset: Callable[[int], int], *, sure: bool) -> Gathered:
        found: Gathered = {}
        room = self._slice_size
        for _ in partitions:
            partition = partitions[self._turn % len(partitions)]
            try:
                records = self._reader.fetch(self._topic, partition, offset(partition), room, sure=sure)
            except Exception:
                if found:
                    break
                self._turn += 1
                raise
            self._turn += 1
            if records:
                found[partition] = records
                room -= len(records)
            if not room:
                break
        return found
