"""What a mail says: its recipe written with a pen, its blocks shown by the two templates."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from services.kit.texts import Texts
from services.notifier.application.addressing import Letter
from services.notifier.application.doors import StopLinks
from services.notifier.application.ports import Guide
from services.notifier.rendering.desk import Pen
from services.notifier.rendering.kinds import COMPOSERS

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_PLACE: Final = "place-of-the-token"
_OF_ONE: Final = frozenset({"link", "code", "token"})
"""Facts with which a confirmation says something else, or something for one person alone."""


@dataclass(frozen=True, slots=True)
class Composed:
    locale: str
    subject: str
    stop_url: str | None
    text: str
    html: str


class Composer:
    """Confirmations about one problem say the same to everybody but for the token of the link: they are composed once.

    Nothing of a person is in what is kept; the problems and languages there are bound it.
    """

    def __init__(self, texts: Texts, guide: Guide, links: StopLinks, base_url: str, sender: str) -> None:
        self._texts = texts
        self._guide = guide
        self._links = links
        self._base_url = base_url
        self._sender = sender
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
        self._alike: dict[tuple[str, str | None], Composed] = {}

    def of(self, letter: Letter) -> Composed:
        if letter.kind != "confirmation" or not letter.token or letter.facts.keys() & _OF_ONE:
            return self._composed(self._pen(letter))
        pen = self._pen(replace(letter, name=None, token=_PLACE, facts={}, words={}, campaign_words={}))
        alike = (pen.locale, None if letter.about is None else letter.about.problem)
        if alike not in self._alike:
            self._alike[alike] = self._composed(pen)
        known, token = self._alike[alike], letter.token
        return replace(
            known, text=known.text.replace(_PLACE, token), html=known.html.replace(_PLACE, str(escape(token)))
        )

    def _pen(self, letter: Letter) -> Pen:
        return Pen(letter, self._texts, self._guide, self._links, self._base_url)

    def _composed(self, pen: Pen) -> Composed:
        mail = COMPOSERS[pen.letter.kind](pen)
        seen = {"mail": mail, "t": pen.t, "locale": pen.locale, "sender": self._sender, "base_url": self._base_url}
        return Composed(
            locale=pen.locale,
            subject=mail.subject,
            stop_url=mail.stop_url,
            text=_tidy(self._text.render(seen)),
            html=_CONTROL.sub("", self._html.render(seen)),
        )


def _tidy(text: str) -> str:
    """At most one empty line between paragraphs, none at the ends."""
    return re.sub(r"\n{3,}", "\n\n", _CONTROL.sub("", text)).strip() + "\n"
