"""Everything that came out of a server, searched for words that must not be there, however they are written."""

from __future__ import annotations

import base64
import binascii
import html
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote, quote_plus

_BASE64 = re.compile(rb"[A-Za-z0-9_+/-]{16,}={0,2}")


class Haystack:
    """Bytes by where they were found; looked into as they are, and where they are base64 also decoded."""

    def __init__(self) -> None:
        self._straw: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._straw)

    def add(self, where: str, data: bytes) -> None:
        self._straw[where] = data + b"\n" + b"\n".join(_decoded(data))

    def add_database(self, path: Path, tables: Iterable[str] | None = None) -> None:
        """Every value of every row, as a reader of the database sees it."""
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as database:
            names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type='table'")]
            for table in names if tables is None else tables:
                rows = database.execute(f'SELECT * FROM "{table}"').fetchall()
                values = (value for row in rows for value in row if value is not None)
                self.add(f"{path.name}: {table}", b"\n".join(_as_bytes(value) for value in values))

    def add_zip(self, where: str, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                self.add(f"{where}: {name}", archive.read(name))

    def add_files(self, folder: Path, leaving_out: Iterable[str] = ()) -> None:
        """All files of a folder as they lie on the disk, except those below the named folders."""
        left_out = [folder / name for name in leaving_out]
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not any(path.is_relative_to(other) for other in left_out):
                self._straw[f"file {path.relative_to(folder)}"] = path.read_bytes()

    def found(self, needles: Iterable[str]) -> list[tuple[str, str]]:
        """Which needle lies where."""
        forms = [(needle, form.lower()) for needle in needles for form in forms_of(needle)]
        return sorted(
            {
                (where, needle)
                for where, straw in ((where, straw.lower()) for where, straw in self._straw.items())
                for needle, form in forms
                if form in straw
            }
        )


def forms_of(word: str) -> set[bytes]:
    """As it is, and as JSON, URLs, HTML and UTF-16 write it."""
    escaped = json.dumps(word)[1:-1]
    written = {word, escaped, quote(word), quote(word, safe=""), quote_plus(word), html.escape(word)}
    return {form.encode() for form in written} | {word.encode("utf-16-le"), base64.b64encode(word.encode())[:-4]}


def _decoded(data: bytes) -> Iterator[bytes]:
    for found in _BASE64.findall(data):
        plain = found.rstrip(b"=").replace(b"+", b"-").replace(b"/", b"_")
        try:
            yield base64.urlsafe_b64decode(plain + b"=" * (-len(plain) % 4))
        except (binascii.Error, ValueError):
            continue


def _as_bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
