"""A mailbox in a folder, for local runs: one `.eml` file for each message, numbered in the order they came."""

from __future__ import annotations

import email
import email.policy
import hashlib
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from services.kit.failures import TemporaryFailure
from services.notifier.application.ports import Message

_NAME: Final = re.compile(r"([0-9]{7})-([0-9a-f]{16})\.eml\Z", re.ASCII)
_LINK: Final = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:)，。；：）」]")


@dataclass(frozen=True, slots=True)
class Seen:
    """One message as the mailbox page shows it."""

    id: str
    to: str
    kind: str
    subject: str
    date: str
    language: str
    text: str
    html: str

    @property
    def links(self) -> list[str]:
        return list(dict.fromkeys(_LINK.findall(self.text)))


class FolderSender:
    """Puts each message into the folder, whole or not at all; the same message again takes its own place."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._turn = threading.Lock()
        self._names = {found[2]: found[0] for path in folder.iterdir() if (found := _NAME.match(path.name))}
        self._last = max((int(name[:7]) for name in self._names.values()), default=0)

    def send(self, message: Message) -> None:
        digest = hashlib.sha256(message.id.encode()).hexdigest()[:16]
        with self._turn:
            name = self._names.get(digest) or f"{self._last + 1:07d}-{digest}.eml"
            try:
                unfinished = self._folder / f".{name}.new"
                unfinished.write_bytes(message.data)
                unfinished.replace(self._folder / name)
            except OSError:
                raise TemporaryFailure("mailbox-not-writable") from None
            self._names[digest] = name
            self._last = max(self._last, int(name[:7]))

    def close(self) -> None:
        """Nothing is kept open."""


class Mailbox:
    """Reads what a FolderSender put there; a message that was read is remembered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, tuple[int, Seen]] = {}

    def list(self, *, to: str | None = None, kind: str | None = None, after: str | None = None) -> Iterator[Seen]:
        """Oldest first; `after` is the id of a message."""
        wanted = None if to is None else to.strip().casefold()
        for name in sorted(path.name for path in self._folder.iterdir()) if self._folder.is_dir() else ():
            id = name.removesuffix(".eml")
            if not _NAME.match(name) or (after is not None and id <= after):
                continue
            seen = self.read(id)
            if seen is None or (kind is not None and seen.kind != kind):
                continue
            if wanted is None or seen.to.casefold() == wanted:
                yield seen

    def read(self, id: str) -> Seen | None:
        """None for an id that is no message here."""
        if not _NAME.match(f"{id}.eml"):
            return None
        path = self._folder / f"{id}.eml"
        try:
            stamp = path.stat().st_mtime_ns
            known = self._seen.get(id)
            if known is None or known[0] != stamp:
                known = self._seen[id] = (stamp, _seen(id, path.read_bytes()))
        except FileNotFoundError:
            return None
        return known[1]


def _seen(id: str, data: bytes) -> Seen:
    message = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    parts = {part.get_content_type(): str(part.get_content()) for part in message.walk() if not part.is_multipart()}
    return Seen(
        id=id,
        to=str(message["To"] or ""),
        kind=str(message["X-Chorus-Kind"] or ""),
        subject=str(message["Subject"] or ""),
        date=message["Date"].datetime.isoformat(),
        language=str(message["Content-Language"] or ""),
        text=parts.get("text/plain", "").replace("\r\n", "\n"),
        html=parts.get("text/html", "").replace("\r\n", "\n"),
    )
