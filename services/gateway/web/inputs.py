"""What a form asks for, and how what a person typed becomes the value that the API's schemas check."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict

MOST_DEMANDS: Final = 9
CURRENCIES: Final = ("CNY", "HKD", "USD", "EUR", "GBP", "INR", "SGD", "JPY", "TWD", "MOP")
Typed = MultiDict[str, str]


@dataclass(frozen=True)
class Input:
    """One question. `kind` names the macro that shows it; `words` the vocabulary its choices are told in."""

    name: str
    kind: str = "text"
    needed: bool = True
    words: str = ""
    values: tuple[str, ...] = ()
    autocomplete: str = ""
    longest: int = 0

    @property
    def id(self) -> str:
        return f"f-{self.name}"

    def read(self, typed: Typed, zone: ZoneInfo) -> Any:
        """The value as JSON would have it; None where nothing was typed."""
        reader = _READERS.get(self.kind, _text)
        return reader(self, typed, zone)


def _text(asked: Input, typed: Typed, _zone: ZoneInfo) -> Any:
    return typed.get(asked.name, "").strip() or None


def _money(asked: Input, typed: Typed, _zone: ZoneInfo) -> Any:
    """Full-width digits, thousands separators and currency signs are what people paste from their bills."""
    text = unicodedata.normalize("NFKC", typed.get(asked.name, ""))
    return "".join(letter for letter in text if letter not in " ,_'¥￥$€£元" and not letter.isspace()) or None


def _currency(asked: Input, typed: Typed, zone: ZoneInfo) -> Any:
    """Of an amount; without one it says nothing."""
    return _text(asked, typed, zone) if typed.get("amount", "").strip() else None


def _moment(asked: Input, typed: Typed, zone: ZoneInfo) -> Any:
    text = typed.get(asked.name, "").strip()
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).isoformat() if text else None
    except ValueError:
        return text


def _tick(asked: Input, typed: Typed, _zone: ZoneInfo) -> Any:
    return True if typed.get(asked.name) else None


def _yes_no(asked: Input, typed: Typed, _zone: ZoneInfo) -> Any:
    return {"yes": True, "no": False}.get(typed.get(asked.name, ""))


def _checks(asked: Input, typed: Typed, _zone: ZoneInfo) -> Any:
    return typed.getlist(asked.name) or None


def _whole(asked: Input, typed: Typed, _zone: ZoneInfo) -> Any:
    text = typed.get(asked.name, "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text or None


def _lines(asked: Input, typed: Typed, _zone: ZoneInfo) -> Any:
    return [line.strip() for line in typed.get(asked.name, "").splitlines() if line.strip()] or None


def _demands(asked: Input, typed: Typed, _zone: ZoneInfo) -> Any:
    rows = [
        {"kind": typed.get(f"{asked.name}-kind-{place}", ""), "text": text}
        for place in range(1, MOST_DEMANDS + 1)
        if (text := typed.get(f"{asked.name}-text-{place}", "").strip())
    ]
    return rows or None


def _results(asked: Input, typed: Typed, _zone: ZoneInfo) -> Any:
    found = {str(place): typed.get(f"{asked.name}-{place}", "") for place in range(1, MOST_DEMANDS + 1)}
    return {place: result for place, result in found.items() if result} or None


def _sum(asked: Input, typed: Typed, zone: ZoneInfo) -> Any:
    amount = _money(Input(f"{asked.name}-amount"), typed, zone)
    currency = typed.get(f"{asked.name}-currency", "").strip().upper()
    return {currency: amount} if amount else None


_READERS: Final[dict[str, Callable[[Input, Typed, ZoneInfo], Any]]] = {
    "money": _money,
    "currency": _currency,
    "moment": _moment,
    "tick": _tick,
    "yes-no": _yes_no,
    "checks": _checks,
    "whole": _whole,
    "lines": _lines,
    "demands": _demands,
    "results": _results,
    "sum": _sum,
}


def typed_from(values: dict[str, Any], zone: ZoneInfo) -> Typed:
    """Known values as a person would have typed them, to begin a form with."""
    typed: Typed = MultiDict()
    for name, value in values.items():
        if isinstance(value, bool):
            typed[name] = "yes" if value else "no"
        elif name == "demands":
            for place, demand in enumerate(value, 1):
                typed[f"demands-kind-{place}"], typed[f"demands-text-{place}"] = demand["kind"], demand["text"] or ""
        elif isinstance(value, list):
            typed.setlist(name, value)
        elif isinstance(value, datetime):
            typed[name] = value.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
        elif value is not None:
            typed[name] = str(value)
    return typed
