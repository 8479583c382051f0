"""The export's container: names of its parts, limits of what a reader takes, its own canonical JSON."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, Protocol
from uuid import UUID

FORMAT: Final = "chorus-export/1"
MANIFEST: Final = "manifest.json"
LEAVES: Final = "leaves.jsonl"
CONTENT: Final = "content.jsonl"
PROGRESS: Final = "progress.json"
README: Final = "README.txt"
SCHEMAS: Final = "schemas/"
NEEDED: Final = (MANIFEST, LEAVES, CONTENT, PROGRESS)

LONGEST_LINE: Final = 262_144
"""Bytes: a leaf has at most 65,535; the words of one event are a little longer in base64url."""
SMALL_PART: Final = 16 * 1024 * 1024
LARGE_PART: Final = 16 * 1024 * 1024 * 1024
MOST_PARTS: Final = 2_000


class LogRow(Protocol):
    @property
    def log_index(self) -> int: ...
    @property
    def state(self) -> bytes: ...


class LogSource(Protocol):
    """Where exports and replays read from; the event store is one, a read-only data folder another."""

    def size(self, campaign: UUID) -> int:
        """Leaves of the campaign's log so far; 0 when there is no such campaign."""
        ...

    def leaves(self, campaign: UUID, start: int, limit: int) -> Sequence[LogRow]:
        """From index `start` on, in the order of the log."""
        ...

    def disclosures(self, event_ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
        """The public words of events as they were committed to; an event whose words were removed is left out."""
        ...


def dumps(value: Any) -> bytes:
    """Keys in order, no spaces, UTF-8; `null` may stand in progress."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def slices(source: LogSource, campaign: UUID, size: int, step: int = 500, start: int = 0) -> Iterator[Sequence[LogRow]]:
    """The leaves from `start` up to `size`, some at a time; raises LookupError where the source has a hole."""
    at = start
    while at < size:
        rows = source.leaves(campaign, at, min(step, size - at))
        if not rows or [row.log_index for row in rows] != list(range(at, at + len(rows))):
            raise LookupError(f"the log has no leaf {at}")
        yield rows
        at += len(rows)
