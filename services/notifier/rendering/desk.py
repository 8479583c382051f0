"""What composing a mail has at hand: sentences, names, links, dates and money in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency

from services.kit.texts import Texts
from services.notifier.application.addressing import Letter
from services.notifier.application.doors import StopLinks
from services.notifier.application.ports import Guide
from services.notifier.domain.kinds import KINDS, MEMBERS
from services.notifier.rendering.mail import Block, paragraph

UTC = ZoneInfo("UTC")
SHOWN_WORDS = 6000
"""Letters of one quoted text; the page has the rest."""
WITHIN_A_SENTENCE = 300
"""Letters of a title or a demand inside a sentence."""


class Pen:
    """Writes one letter. `t` is a sentence of the letter's language."""

    def __init__(self, letter: Letter, texts: Texts, guide: Guide, links: StopLinks, base_url: str) -> None:
        self.letter = letter
        self._texts = texts
        self._guide = guide
        self._links = links
        self._base = base_url.rstrip("/")
        self.locale = letter.locale if letter.locale in texts.locales else "zh-CN"
        self.facts: Mapping[str, Any] = letter.facts
        self.words: Mapping[str, Any] = letter.words

    def t(self, key: str, **args: Any) -> str:
        short = {
            name: _cut(value, WITHIN_A_SENTENCE) if isinstance(value, str) else value for name, value in args.items()
        }
        return self._texts.get(self.locale, key, **short)

    def greeting(self) -> Block:
        name = self.letter.name
        return paragraph(self.t("greeting-named", name=name) if name else self.t("greeting"))

    def title(self) -> str:
        """The campaign by its own title; without one, by its problem."""
        title = self.letter.campaign_words.get("title")
        return self.t("campaign-titled", title=title) if title else self.problem_campaign()

    def problem_campaign(self) -> str:
        """No word of it was typed by a user: fit for an address that nobody has confirmed yet."""
        about = self.letter.about
        if about is None:
            return self.t("campaign-plain")
        return self.t("campaign-about", problem=self._guide.problem(about.problem, self.locale))

    def urgent(self) -> Sequence[str]:
        about = self.letter.about
        return () if about is None else self._guide.urgent(about.problem, self.locale)

    def step(self) -> str:
        return self._guide.step(str(self.facts.get("step", "")), self.locale)

    def day(self, value: Any) -> str | None:
        """A calendar day, long form."""
        if not value:
            return None
        return format_date(date.fromisoformat(str(value)), "long", locale=self._babel)

    def moment(self, value: Any) -> str | None:
        """An instant in the campaign's zone."""
        if not value:
            return None
        zone = self.letter.about.zone if self.letter.about else UTC
        local = datetime.fromisoformat(str(value)).astimezone(zone)
        day = format_date(local.date(), "long", locale=self._babel)
        return f"{day} {format_datetime(local, 'HH:mm', locale=self._babel)}"

    def money(self, sums: Mapping[str, str] | None) -> str | None:
        if not sums:
            return None
        shown = [format_currency(Decimal(sums[name]), name, locale=self._babel) for name in sorted(sums)]
        return self.t("and").join(shown)

    def said(self, name: str) -> str | None:
        """Words of the event, cut where they are very long; None when they are gone."""
        text = self.words.get(name)
        return _cut(str(text), SHOWN_WORDS) if text else None

    def page(self, *parts: str) -> str:
        return "/".join((self._base, *parts))

    def campaign_page(self, *parts: str) -> str:
        campaign = self.letter.about.campaign if self.letter.about else ""
        return self.page("c", campaign, *parts)

    def own_page(self) -> str:
        """Where this recipient deals with the matter: a member's own record, or the organizers' console."""
        return self.campaign_page("me" if self.facts.get("own") else "console")

    def link(self, purpose: str) -> str:
        if not self.letter.token:
            raise ValueError(f"a {purpose} mail needs its token")
        return self.page(purpose, self.letter.token)

    def stop_url(self) -> str | None:
        about = self.letter.about
        if about is None or not KINDS[self.letter.kind].stoppable or self.letter.recipient == MEMBERS:
            return None
        return self.page("unsubscribe", self._links.token(about.campaign, self.letter.recipient))

    @property
    def _babel(self) -> str:
        return self.locale.replace("-", "_").replace("zh_CN", "zh_Hans_CN")


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit] + "…"
