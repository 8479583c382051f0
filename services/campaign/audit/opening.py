"""Opening an export that may be anything: its parts and manifest, in bounded memory; else Unusable."""

import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self
from uuid import UUID

from services.campaign.audit.container import (
    CONTENT,
    FORMAT,
    LARGE_PART,
    LEAVES,
    LONGEST_LINE,
    MANIFEST,
    MOST_PARTS,
    NEEDED,
    README,
    SCHEMAS,
    SMALL_PART,
    dumps,
)
from services.campaign.audit.findings import Unusable

_CHUNK: Final = 256 * 1024
_DENSEST: Final = 150
"""Leaves are full of random digests: no honest part is packed more tightly than this."""
_SHA256: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, OverflowError,
    LookupError, struct.error,
)  # fmt: skip
"""What the library raises for damaged, encrypted or exotic archives."""


@dataclass(frozen=True, slots=True)
class Part:
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    campaign: str
    size: int
    parts: Mapping[str, Part]


class Export:
    """An opened export; all its methods raise Unusable where the bytes do not allow an answer."""

    def __init__(self, path: Path) -> None:
        with ExitStack() as undo:
            with _readable(path.name, "not-an-export"):
                self._file = undo.enter_context(path.open("rb"))
                self._packed = path.stat().st_size
                self._zip = undo.enter_context(zipfile.ZipFile(self._file))
            self._infos = _infos(self._zip)
            self.manifest = _manifest(self.bytes_of(MANIFEST))
            self._close = undo.pop_all().close

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self._infos)

    def bytes_of(self, name: str) -> bytes:
        return b"".join(self._chunks(name))

    def digest_of(self, name: str) -> Part:
        digest, length = hashlib.sha256(), 0
        for chunk in self._chunks(name):
            digest.update(chunk)
            length += len(chunk)
        return Part(length, digest.hexdigest())

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines without their ends; the last one needs an end, too."""
        rest = b""
        for chunk in self._chunks(name):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                if len(line) > LONGEST_LINE:
                    raise Unusable("line-too-long", name)
                yield line
            if len(rest) > LONGEST_LINE:
                raise Unusable("line-too-long", name)
        if rest:
            raise Unusable("cut-off", name)

    def _chunks(self, name: str) -> Iterator[bytes]:
        info = self._infos[name]
        limit = LARGE_PART if name in (LEAVES, CONTENT) else SMALL_PART
        limit = min(limit, max(SMALL_PART // 16, min(info.compress_size, self._packed) * _DENSEST))
        seen = 0
        with _readable(name):
            part: IO[bytes] = self._zip.open(info)
        with part:
            while True:
                with _readable(name):
                    chunk = part.read(_CHUNK)
                if not chunk:
                    return
                seen += len(chunk)
                if seen > limit:
                    raise Unusable("part-too-large", name)
                yield chunk


@contextmanager
def _readable(name: str, code: str = "part-unreadable") -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise Unusable("no-such-file", name) from None
    except _BROKEN:
        raise Unusable(code, name) from None


def _infos(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    infos = archive.infolist()
    if len(infos) > MOST_PARTS:
        raise Unusable("too-many-parts")
    found = {info.filename: info for info in infos}
    if len(found) != len(infos):
        raise Unusable("part-twice")
    for info in infos:
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
            raise Unusable("part-unreadable", info.filename[:80])
    for name in NEEDED:
        if name not in found:
            raise Unusable("part-missing", name)
    for name in found:
        if name not in (*NEEDED, README) and not re.fullmatch(SCHEMAS + r"[a-z0-9_.]{1,100}\.json", name):
            raise Unusable("part-unknown", name[:80])
    return found


def _manifest(raw: bytes) -> Manifest:
    try:
        stated = json.loads(raw)
        if dumps(stated) != raw:
            raise Unusable("manifest-unreadable", MANIFEST)
        if stated.get("format") != FORMAT:
            raise Unusable("unknown-format", str(stated.get("format"))[:80])
        if stated.keys() != {"campaign", "format", "parts", "size"} or not _is_id(stated["campaign"]):
            raise Unusable("manifest-unreadable", MANIFEST)
        parts = {name: _part(part) for name, part in stated["parts"].items()}
        return Manifest(stated["campaign"], _number(stated["size"]), parts)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Unusable("manifest-unreadable", MANIFEST) from None


def _is_id(text: str) -> bool:
    return str(UUID(text)) == text


def _part(stated: Any) -> Part:
    if stated.keys() != {"bytes", "sha256"} or not _SHA256.fullmatch(stated["sha256"]):
        raise ValueError("no digest")
    return Part(_number(stated["bytes"]), stated["sha256"])


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**53:
        raise ValueError("no number")
    return value
