"""The state of one campaign at a moment of its history, computed from the leaves alone."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from services.contracts.leaf_v1 import Leaf, instant, parse
from services.contracts.progress_v1 import Progress

_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


class BadMoment(ValueError):
    """Neither a number of leaves nor an instant with its offset."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The first `size` leaves, or all up to an instant; with neither, everything."""

    size: int | None = None
    time: datetime | None = None

    @classmethod
    def of(cls, text: str | None) -> "Moment":
        """From `1200`, or an instant like `2026-03-08T13:00+08:00`; raises BadMoment."""
        if text is None:
            return cls()
        if _SIZE.fullmatch(text):
            return cls(size=int(text))
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            raise BadMoment(text) from None
        if time.tzinfo is None:
            raise BadMoment(text)
        return cls(time=time.astimezone(UTC))

    def holds(self, index: int, leaf: Leaf) -> bool:
        """Whether the leaf at this index belongs to the history up to the moment, given that all before it do."""
        if self.size is not None and index >= self.size:
            return False
        return self.time is None or instant(leaf.time) <= self.time


@dataclass(frozen=True, slots=True)
class Replayed:
    """`size` leaves make this document; `events` are those asked for, `following` the index to go on from."""

    size: int
    time: str | None
    document: dict[str, Any]
    events: tuple[tuple[int, Leaf], ...]
    following: int | None


def prefix(raw_leaves: Iterable[bytes], moment: Moment) -> Iterator[tuple[int, Leaf]]:
    """The leaves before the first that is later than the moment; raises BadLeaf for bytes that are none."""
    for index, raw in enumerate(raw_leaves):
        leaf = parse(raw)
        if not moment.holds(index, leaf):
            return
        yield index, leaf


def replay(raw_leaves: Iterable[bytes], moment: Moment, after: int = 0, limit: int = 200) -> Replayed:
    """The document of that moment and up to `limit` events from index `after` on; the others are not kept."""
    progress = Progress({})
    events: list[tuple[int, Leaf]] = []
    following = None
    for index, leaf in prefix(raw_leaves, moment):
        progress.apply(index, leaf.whole)
        if index >= after:
            if len(events) < limit:
                events.append((index, leaf))
            elif following is None:
                following = index
    document = progress.document()
    return Replayed(progress.size, document["time"], document, tuple(events), following)
