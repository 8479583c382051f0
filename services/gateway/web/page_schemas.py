"""Schemas of forms that ask for a part of what the API's bodies say; the page itself knows the rest."""

from __future__ import annotations

from services.gateway.api.fields import Strict, Text, Word
from services.gateway.api.schemas import PARAGRAPH, STORY, TITLE


class FilingConsent(Strict):
    step = Word(required=True)


class FilingOnPage(Strict):
    step = Word(required=True)
    statement = Text(STORY, lines=True, required=True)
    override_reason = Text(PARAGRAPH, lines=True)


class BothWords(Strict):
    """The page shows both, so both are sent."""

    title = Text(TITLE, required=True)
    summary = Text(STORY, lines=True, required=True)


class Code(Strict):
    """The code of a sign-in mail, as typed."""

    code = Text(20, shortest=8, required=True)
