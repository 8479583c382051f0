"""The public history of one campaign as a ZIP, streamed: the same log gives the same bytes."""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from tempfile import SpooledTemporaryFile
from typing import Any, Final, cast
from uuid import UUID

import orjson

from services.campaign.audit.container import (
    CONTENT,
    FORMAT,
    LEAVES,
    MANIFEST,
    PROGRESS,
    README,
    SCHEMAS,
    LogRow,
    LogSource,
    dumps,
    slices,
)
from services.campaign.audit.readme import text as readme_text
from services.contracts.progress_v1 import Progress
from services.contracts.registry import registry, schema_files

_SPOOL: Final = 8 * 1024 * 1024
_MIDNIGHT: Final = (1980, 1, 1, 0, 0, 0)


class NoSuchCampaign(LookupError):
    """The source has no log of this campaign."""


def export_zip(
    source: LogSource, campaign: UUID, published: Mapping[str, Any] | None = None, step: int = 500
) -> Iterator[bytes]:
    """Chunks of the ZIP, made as they are asked for; memory does not grow with the log.

    `published` is the progress document as the public sees it, fetched before the call; without it the numbers are
    computed from the leaves and marked so. Raises NoSuchCampaign, before the first chunk.
    """
    size = source.size(campaign)
    if size == 0:
        raise NoSuchCampaign(str(campaign))
    return _Export(source, campaign, size, published).chunks(step)


class _Export:
    def __init__(self, source: LogSource, campaign: UUID, size: int, published: Mapping[str, Any] | None) -> None:
        self._source, self._campaign, self._size, self._published = source, campaign, size, published
        self._parts: dict[str, dict[str, Any]] = {}
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(cast(Any, self._sink), "w", zipfile.ZIP_DEFLATED)
        self._progress = Progress({})
        self._removed: set[str] = set()

    def chunks(self, step: int) -> Iterator[bytes]:
        with SpooledTemporaryFile(max_size=_SPOOL) as words:
            yield from self._part(LEAVES, self._lines(words, step), large=True)
            words.seek(0)
            yield from self._part(CONTENT, (line for line in words if not self._is_removed(line)), large=True)
        yield from self._part(PROGRESS, [dumps(self._numbers())])
        for name, text in schema_files():
            yield from self._part(SCHEMAS + name, [text.encode()])
        yield from self._part(README, [readme_text(str(self._campaign), self._size).encode()])
        yield from self._part(MANIFEST, [dumps(self._manifest())])
        self._zip.close()
        yield self._sink.drain()

    def _lines(self, words: Any, step: int) -> Iterator[bytes]:
        """The leaves; their words go to `words`. Words removed meanwhile ask for the leaves up to their removal."""
        unexplained: set[str] = set()
        done = 0
        while done < self._size:
            for rows in slices(self._source, self._campaign, self._size, step, done):
                unexplained |= self._take(rows, words)
                done += len(rows)
                yield b"".join(row.state + b"\n" for row in rows)
            unexplained -= self._removed
            if unexplained:
                self._size = self._source.size(self._campaign)

    def _take(self, rows: Sequence[LogRow], words: Any) -> set[str]:
        """Which events of these rows should have public words and have none."""
        leaves = [orjson.loads(row.state) for row in rows]
        for row, leaf in zip(rows, leaves, strict=True):
            if self._published is None:
                self._progress.apply(row.log_index, leaf)
            if leaf["type"] == "campaign.content_removed":
                self._removed.add(leaf["data"]["event"])
        speaking = [leaf["id"] for leaf in leaves if registry().get(leaf["type"], leaf["version"]).texts]
        found = self._source.disclosures([UUID(event) for event in speaking]) if speaking else {}
        by_id = {str(event): list(disclosures) for event, disclosures in found.items()}
        for event in speaking:
            if event in by_id:
                words.write(dumps({"disclosures": by_id[event], "event": event}) + b"\n")
        return set(speaking) - by_id.keys()

    def _is_removed(self, line: bytes) -> bool:
        return bool(self._removed) and json.loads(line)["event"] in self._removed

    def _numbers(self) -> dict[str, Any]:
        if self._published is None:
            return {"document": self._progress.document(), "origin": "recomputed"}
        return {"document": dict(self._published), "origin": "published"}

    def _manifest(self) -> dict[str, Any]:
        return {"campaign": str(self._campaign), "format": FORMAT, "parts": self._parts, "size": self._size}

    def _part(self, name: str, content: Any, large: bool = False) -> Iterator[bytes]:
        info = zipfile.ZipInfo(name, _MIDNIGHT)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o644 << 16
        info.create_system = 3
        digest, length = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=large) as part:
            for chunk in content:
                digest.update(chunk)
                length += len(chunk)
                part.write(chunk)
                if ready := self._sink.drain():
                    yield ready
        if name != MANIFEST:
            self._parts[name] = {"bytes": length, "sha256": digest.hexdigest()}


class _Sink:
    """Where the ZIP writer writes; it cannot be sought in, so nothing written is ever changed."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def write(self, chunk: bytes) -> int:
        self._chunks.append(bytes(chunk))
        return len(chunk)

    def flush(self) -> None:
        """Whatever was written waits to be drained."""

    def drain(self) -> bytes:
        ready = b"".join(self._chunks)
        self._chunks.clear()
        return ready
