"""From a letter to a finished message: blocks, templates, headers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from pathlib import Path
from typing import Final

import idna
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.kit.failures import PermanentFailure
from services.kit.texts import Texts
from services.notifier.application.addressing import Letter
from services.notifier.application.doors import StopLinks
from services.notifier.application.ports import Guide, Message
from services.notifier.domain.message_id import message_id
from services.notifier.rendering.desk import Pen
from services.notifier.rendering.kinds import COMPOSERS
from services.notifier.rendering.mail import Mail
from services.notifier.rendering.wire import addressed, dated, shared, whole

LONGEST_SUBJECT: Final = 120
_LINE_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_ADDRESS: Final = re.compile(r"[^\s\x00-\x1f\x7f\"(),:;<>@\[\\\]]+@[^\s\x00-\x1f\x7f\"(),:;<>@\[\\\]]+")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


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
        self._texts = texts
        self._guide = guide
        self._links = links
        self._base_url = base_url
        self._from = sender
        self._sender = str(Address(_one_line(sender.name), addr_spec=sender.address))
        loader = FileSystemLoader(Path(__file__).parent.parent / "templates")
        html = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        text = Environment(
            loader=loader,
            autoescape=False,  # noqa: S701  plain text
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._html, self._text = html.get_template("mail.html.j2"), text.get_template("mail.txt.j2")

    def render(self, letter: Letter, now: datetime) -> Message:
        """Raises PermanentFailure `address-malformed` for what is not exactly one address."""
        if not _ADDRESS.fullmatch(letter.email):
            raise PermanentFailure("address-malformed")
        pen = Pen(letter, self._texts, self._guide, self._links, self._base_url)
        mail = COMPOSERS[letter.kind](pen)
        id = message_id(letter.event, letter.recipient, letter.kind, self._from.domain)
        to, headers = self._headed(letter, mail, now, id, pen.locale)
        seen = {"mail": mail, "t": pen.t, "locale": pen.locale, "sender": self._from.name, "base_url": self._base_url}
        return Message(
            id, to, whole(headers, _tidy(self._text.render(seen)), _CONTROL.sub("", self._html.render(seen)))
        )

    def _headed(
        self, letter: Letter, mail: Mail, now: datetime, id: str, language: str
    ) -> tuple[str, tuple[bytes, ...]]:
        """The address of the envelope, and all headers but those of the bodies."""
        local, _, domain = letter.email.rpartition("@")
        to, to_header = addressed(f"{local}@{_ascii(domain)}")
        raw = not local.isascii()
        return to, (
            _stop_headers(mail),
            shared("From", self._sender, raw),
            to_header,
            shared("Subject", _one_line(mail.subject)[:LONGEST_SUBJECT], raw),
            dated(now),
            f"Message-ID: {id}\r\n".encode(),
            shared("Auto-Submitted", "auto-generated"),
            shared("X-Chorus-Kind", letter.kind),
            shared("Content-Language", language),
        )


def _stop_headers(mail: Mail) -> bytes:
    """RFC 8058, written by hand: the library would fold a long address into encoded words, which nobody follows."""
    if mail.stop_url is None:
        return b""
    lines = f"List-Unsubscribe: <{mail.stop_url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
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


def _tidy(text: str) -> str:
    """At most one empty line between paragraphs, none at the ends."""
    return re.sub(r"\n{3,}", "\n\n", _CONTROL.sub("", text)).strip() + "\n"
