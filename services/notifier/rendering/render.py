"""From a letter to a finished message: what it says, and its headers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from typing import Final

import idna

from services.kit.failures import PermanentFailure
from services.kit.texts import Texts
from services.notifier.application.addressing import Letter
from services.notifier.application.doors import StopLinks
from services.notifier.application.ports import Guide, Message
from services.notifier.domain.message_id import message_id
from services.notifier.rendering.composing import Composer
from services.notifier.rendering.wire import addressed, dated, shared, whole

LONGEST_SUBJECT: Final = 120
_LINE_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_ADDRESS: Final = re.compile(r"[^\s\x00-\x1f\x7f\"(),:;<>@\[\\\]]+@[^\s\x00-\x1f\x7f\"(),:;<>@\[\\\]]+")


@dataclass(frozen=True, slots=True)
class From:
    """Who sends: an address of this installation, and the name of whoever runs it."""

    address: str
    name: str

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


class Renderer:
    def __init__(self, texts: Texts, guide: Guide, links: StopLinks, base_url: str, sender: From) -> None:
        self._composer = Composer(texts, guide, links, base_url, sender.name)
        self._domain = sender.domain
        self._sender = str(Address(_one_line(sender.name), addr_spec=sender.address))

    def render(self, letter: Letter, now: datetime) -> Message:
        """Raises PermanentFailure `address-malformed` for what is not exactly one address."""
        if not _ADDRESS.fullmatch(letter.email):
            raise PermanentFailure("address-malformed")
        said = self._composer.of(letter)
        id = message_id(letter.event, letter.recipient, letter.kind, self._domain)
        local, _, domain = letter.email.rpartition("@")
        to, to_header = addressed(f"{local}@{_ascii(domain)}")
        raw = not local.isascii()
        headers = (
            _stop_headers(said.stop_url),
            shared("From", self._sender, raw),
            to_header,
            shared("Subject", _one_line(said.subject)[:LONGEST_SUBJECT], raw),
            dated(now),
            f"Message-ID: {id}\r\n".encode(),
            shared("Auto-Submitted", "auto-generated"),
            shared("X-Chorus-Kind", letter.kind),
            shared("Content-Language", said.locale),
        )
        return Message(id, to, whole(headers, said.text, said.html))


def _stop_headers(url: str | None) -> bytes:
    """RFC 8058, written by hand: the library would fold a long address into encoded words, which nobody follows."""
    if url is None:
        return b""
    lines = f"List-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    return lines.encode("ascii")


def _one_line(text: str) -> str:
    """A header holds one line; what would begin another one becomes a space."""
    return _LINE_BREAKS.sub(" ", text).strip()


def _ascii(domain: str) -> str:
    """The domain as it travels (IDNA, UTS 46); raises PermanentFailure `address-malformed`."""
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        raise PermanentFailure("address-malformed") from None
