"""Live progress: one poller of the copy for all streams of a process; each stream ends itself after a while."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from services.gateway.readmodels.progress_copy import ProgressCopy
from services.kit.failures import TemporaryFailure
from services.kit.logs import logger

RETRY_MS = 3000
MOST_AT_ONCE = 50
_COUNT = re.compile(r"[0-9]{1,15}\Z", re.ASCII)


@dataclass(frozen=True)
class LiveLimits:
    most_streams: int = 500
    life_seconds: float = 20.0
    comment_seconds: float = 10.0
    poll_seconds: float = 1.0
    """How soon what another process wrote is seen; without a stream nobody asks."""


@dataclass(frozen=True)
class Seen:
    """What a reader has: leaves in the numbers, entries. Travels as the id of each event."""

    size: int = 0
    entries: int = 0

    @classmethod
    def from_id(cls, text: str | None) -> Seen | None:
        size, dash, entries = (text or "").partition("-")
        if not (dash and _COUNT.match(size) and _COUNT.match(entries)):
            return None
        return cls(int(size), int(entries))

    @property
    def id(self) -> str:
        return f"{self.size}-{self.entries}"


class Live:
    def __init__(self, progress: ProgressCopy, limits: LiveLimits) -> None:
        self._progress = progress
        self._limits = limits
        self._changed = threading.Condition()
        self._hint = threading.Event()
        self._latest: dict[str, int] = {}
        self._streams = self._last = 0
        self._poller: threading.Thread | None = None
        self._closed = False

    def hint(self) -> None:
        """Something new may be in the copy; streams of this process hear of it at once."""
        self._hint.set()

    def close(self) -> None:
        """Ends all streams."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._hint.set()
        if self._poller is not None:
            self._poller.join(5)

    def open_streams(self) -> int:
        return self._streams

    def take_seat(self) -> None:
        """Before a stream is opened; TemporaryFailure when all are taken."""
        with self._changed:
            if self._streams >= self._limits.most_streams or self._closed:
                raise TemporaryFailure("too-many-streams", retry_after=5)
            if self._poller is None:
                self._last = self._progress.last_change()
                self._poller = threading.Thread(target=self._poll, name="live-poller", daemon=True)
                self._poller.start()
            self._streams += 1
            self._hint.set()

    def leave(self) -> None:
        """When the stream is closed, however it ended."""
        with self._changed:
            self._streams -= 1

    def stream(self, campaign: str, seen: Seen | None) -> Iterator[bytes]:
        """Server-sent events `progress` and `entry`, resumed after what was seen; ends with the life of the stream."""
        ends = time.monotonic() + self._limits.life_seconds
        if seen is None:
            seen = Seen(0, self._progress.last_number(campaign))
        yield f"retry: {RETRY_MS}\n\n".encode()
        while True:
            with self._changed:
                change = self._latest.get(campaign, 0)
            for event, now_seen in self._news(campaign, seen):
                seen = now_seen
                yield event
            left = ends - time.monotonic()
            if left <= 0 or self._closed:
                return
            if not self._wait(campaign, change, min(left, self._limits.comment_seconds)) and time.monotonic() < ends:
                yield b": still here\n\n"

    def _news(self, campaign: str, seen: Seen) -> Iterator[tuple[bytes, Seen]]:
        found = MOST_AT_ONCE
        while found == MOST_AT_ONCE:
            entries = self._progress.entries(campaign, after=seen.entries, limit=MOST_AT_ONCE)
            found = len(entries)
            for entry in entries:
                seen = Seen(seen.size, int(entry["number"]))
                yield _event("entry", entry, seen), seen
        public = self._progress.find(campaign)
        if public is not None and public.document["size"] > seen.size:
            seen = Seen(int(public.document["size"]), seen.entries)
            yield _event("progress", public.document, seen), seen

    def _wait(self, campaign: str, change: int, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(
                lambda: self._closed or self._latest.get(campaign, 0) > change, timeout=seconds
            )

    def _poll(self) -> None:
        while not self._closed:
            self._hint.wait(self._limits.poll_seconds if self._streams else None)
            self._hint.clear()
            try:
                changed = self._progress.changed_since(self._last)
            except TemporaryFailure as failure:
                logger(__name__).warning("live poller will try again", code=failure.code)
                continue
            if changed:
                self._last = max(changed.values())
                with self._changed:
                    self._latest.update(changed)
                    self._changed.notify_all()


def _event(name: str, data: dict[str, Any], seen: Seen) -> bytes:
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (seen.id.encode(), name.encode(), orjson.dumps(data))
