"""What the query strings of reads may say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.gateway.api.fields import Choice, Instant, Strict, Text, Whole, Word, wrong


class Number(Whole):
    """A whole number as text, as query strings have it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if not (isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 17):
            raise wrong("wrong-type")
        return super()._deserialize(int(value), attr, data, **kwargs)


class NoQuery(Strict):
    """Nothing but the language."""

    lang = Word("[A-Za-z]{2,3}(-[A-Za-z]{2,4})?")


class Search(NoQuery):
    problem = Word()
    provider = Text(80)
    q = Text(120)
    after = Text(200)
    limit = Number(1, 100, load_default=20)


class Page(NoQuery):
    after = Text(200)
    limit = Number(1, 200, load_default=50)


class EvidencePage(Page):
    state = Choice("submitted", "accepted", "rejected", "more-needed", "withdrawn")


class EntriesAfter(NoQuery):
    after = Number(0, 2**40, load_default=0)
    limit = Number(1, 200, load_default=50)


class Replay(NoQuery):
    size = Number(0, 2**40)
    time = Instant()
    after = Number(0, 2**40, load_default=0)
    limit = Number(1, 1000, load_default=200)


class Check(NoQuery):
    act = Choice("file", "escalate", "join", required=True)
    step = Word()
    by = Choice("own", "collective")


class WhichCopy(NoQuery):
    redacted = Choice("0", "1", load_default="0")
