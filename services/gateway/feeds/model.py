"""Public entries as sentences: one model that Atom, JSON Feed and pages show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from babel.dates import format_date
from babel.numbers import format_currency

from services.gateway.readmodels.casebook import Casebook
from services.kit.texts import Texts

Json = Mapping[str, Any]
_WORDS: Final = ("title", "body", "statement", "responder", "text", "reason", "question", "note")
_FORBIDDEN_IN_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Told:
    """`title` and `sentence` are ours; `words` are what organizers and providers wrote, as they wrote it."""

    number: int
    kind: str
    event: str
    time: datetime
    title: str
    sentence: str
    words: tuple[str, ...]


class Teller:
    def __init__(self, texts: Texts, casebook: Casebook) -> None:
        self._texts = texts
        self._casebook = casebook

    def tell(self, entry: Json, locale: str) -> Told:
        kind = str(entry["kind"])
        key = f"entry-{kind.replace('.', '-').replace('_', '-')}"
        if f"{key}-title" not in self._texts.keys(locale):
            key = "entry-other"
        facts = self._facts(entry, locale)
        return Told(
            number=int(entry["number"]),
            kind=kind,
            event=str(entry["event"]),
            time=datetime.fromisoformat(str(entry["time"])),
            title=self._texts.get(locale, f"{key}-title", **facts),
            sentence=self._texts.get(locale, f"{key}-sentence", **facts),
            words=tuple(self._words(entry.get("text") or {}, locale)),
        )

    def _facts(self, entry: Json, locale: str) -> dict[str, Any]:
        data, text, numbers = entry["data"], entry.get("text") or {}, entry["numbers"]
        step = data.get("step") or numbers.get("step")
        return {
            "step": self._casebook.step(str(step), locale) if step else "",
            "version": int(data.get("demand_version") or 0),
            "deadline": day(data.get("deadline"), locale),
            "verdict": str(data.get("verdict") or ""),
            "title": clean(str(text.get("title") or "")),
            "question": clean(str(text.get("question") or "")),
            "members": int(numbers.get("members_confirmed") or 0),
            "claims": int(numbers.get("claims") or 0),
            "claimed": money(numbers.get("claimed") or {}, locale),
            "offered": money(data.get("offered") or {}, locale),
            "paid": money(data.get("paid") or {}, locale),
        }

    def _words(self, text: Json, locale: str) -> list[str]:
        found = [clean(str(text[name])) for name in _WORDS if text.get(name)]
        if text.get("override_reason"):
            said = clean(str(text["override_reason"]))
            found.append(self._texts.get(locale, "entry-override-reason", said=said))
        for name in ("options", "demand_texts"):
            found += [f"{place}. {clean(str(item))}" for place, item in enumerate(text.get(name) or (), start=1)]
        return found


def money(amounts: Mapping[str, str], locale: str) -> str:
    told = (format_currency(Decimal(amount), currency, locale=_babel(locale)) for currency, amount in amounts.items())
    return " + ".join(told) or "–"


def day(value: object, locale: str) -> str:
    """As the reader's language writes it; `none` where there is no such day."""
    if not value:
        return "none"
    pattern = "y年M月d日" if locale == "zh-CN" else "d MMM y"
    return str(format_date(date.fromisoformat(str(value)), pattern, locale=_babel(locale)))


def _babel(locale: str) -> str:
    return locale.replace("-", "_")


def clean(text: str) -> str:
    """Without code points that XML 1.0 has no place for."""
    return _FORBIDDEN_IN_XML.sub("", text)
