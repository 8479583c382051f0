"""From a claimed row to a letter: address, name, language, words and link, asked for at the moment of sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.notifier.application.ports import (
    About,
    Ask,
    CampaignDoor,
    HandedOver,
    People,
    Recipient,
    Waiting,
    Words,
)  # fmt: skip
from services.notifier.domain.kinds import KINDS, UNCONFIRMED

HANDED: Final = "handed"
"""The recipient of a mail whose address lies sealed here."""


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a mail says, and to whom. `words` are of the event, `campaign_words` of the campaign itself."""

    event: str
    recipient: str
    kind: str
    locale: str
    email: str = field(repr=False)
    name: str | None = field(repr=False)
    token: str | None = field(repr=False)
    about: About | None
    facts: Mapping[str, Any] = field(repr=False)
    words: Words = field(repr=False)
    campaign_words: Words = field(repr=False)


class Addressing:
    def __init__(self, people: People, door: CampaignDoor, handed: HandedOver) -> None:
        self._people = people
        self._door = door
        self._handed = handed

    def of(self, campaign: str | None, rows: Sequence[Waiting]) -> list[tuple[Waiting, Letter | None]]:
        """None for whoever is gone. One question to campaign for people, one for public words; TemporaryFailure."""
        if not rows:
            return []
        about = None if campaign is None else self._people.about(campaign)
        asked = [row for row in rows if row.recipient != HANDED]
        found: dict[int, Recipient | None] = {}
        if campaign is not None and asked:
            answers = self._door.recipients(campaign, [_ask(row) for row in asked])
            found = {row.id: answer for row, answer in zip(asked, answers, strict=True)}
        public, of_campaign = self._public_words(campaign, [row for row in asked if row.kind not in UNCONFIRMED])
        return [
            (row, self._handed_letter(row, about))
            if row.recipient == HANDED
            else (row, _letter(row, found.get(row.id), about, public, of_campaign))
            for row in rows
        ]

    def _public_words(self, campaign: str | None, rows: Sequence[Waiting]) -> tuple[Mapping[str, Words], Words]:
        if campaign is None or not rows:
            return {}, {}
        own = list(self._people.words_events(campaign))
        told = [row.words_event for row in rows if row.words_event and KINDS[row.kind].words == "public"]
        found = self._door.words(list(dict.fromkeys(own + told)))
        return found, {name: text for event in own for name, text in found.get(event, {}).items()}

    def _handed_letter(self, row: Waiting, about: About | None) -> Letter | None:
        mail = self._handed.open(row.event)
        if mail is None:
            return None
        token = mail.facts.get("token")
        return Letter(
            row.event, row.recipient, row.kind, mail.locale, mail.email, None, token, about, mail.facts, {}, {}
        )


def _ask(row: Waiting) -> Ask:
    kind = KINDS[row.kind]
    return Ask(row.recipient, row.words_event if kind.words == "private" else None, kind.link)


def _letter(
    row: Waiting, to: Recipient | None, about: About | None, public: Mapping[str, Words], of_campaign: Words
) -> Letter | None:
    if to is None:
        return None
    of_campaign = {} if row.kind in UNCONFIRMED else of_campaign
    words = public.get(row.words_event or "", {}) if KINDS[row.kind].words == "public" else to.words
    return Letter(
        row.event, row.recipient, row.kind, to.locale, to.email, to.name, to.token, about, row.facts, words, of_campaign
    )
