"""How values look on a page: money, days and instants in the reader's language and the campaign's zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, get_timezone, get_timezone_name
from babel.numbers import format_currency, format_decimal, get_currency_name
from flask import Flask, request, url_for

from services.gateway.accounts.current import current_locale, services
from services.gateway.api.schemas import DEMAND_KINDS
from services.gateway.web import known
from services.gateway.web.inputs import CURRENCIES, Input


def _babel() -> str:
    return current_locale().replace("-", "_")


def money(amount: str | Decimal, currency: str) -> str:
    return str(format_currency(Decimal(amount), currency, locale=_babel()))


def sums(amounts: Mapping[str, str] | None) -> str:
    """Several currencies stand beside each other; nothing is a dash."""
    return " + ".join(money(amount, currency) for currency, amount in (amounts or {}).items()) or "—"


def currency_words(code: str) -> str:
    return f"{get_currency_name(code, locale=_babel())} {code}"


def zone_words(zone: str) -> str:
    """As people call it: `中国标准时间`, not `Asia/Shanghai`."""
    return str(get_timezone_name(get_timezone(zone), width="long", zone_variant="generic", locale=_babel()))


def number(value: int) -> str:
    return str(format_decimal(value, locale=_babel()))


def day(value: str | date | None) -> str:
    if value is None:
        return "—"
    found = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return str(format_date(found, "y年M月d日" if current_locale() == "zh-CN" else "d MMM y", locale=_babel()))


def moment(value: str | datetime | None, zone: ZoneInfo | str) -> str:
    """To the minute, in this zone."""
    if value is None:
        return "—"
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    local = at.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)
    pattern = "y年M月d日 HH:mm" if current_locale() == "zh-CN" else "d MMM y, HH:mm"
    return str(format_datetime(local, pattern, locale=_babel()))


def days_left(value: str, zone: ZoneInfo | str) -> int:
    """Whole days from today in the zone; below zero once passed."""
    place = ZoneInfo(zone) if isinstance(zone, str) else zone
    return (date.fromisoformat(value) - services().clock.now().astimezone(place).date()).days


def size(value: int | None) -> str:
    if not value:
        return "—"
    return f"{value / 1_048_576:.1f} MB" if value >= 1_048_576 else f"{max(1, round(value / 1024))} kB"


def other_language() -> str:
    """This page in the other language; what a form holds stays behind, so forms warn by asking before."""
    args = {name: value for name, value in request.args.items() if name != "lang"}
    args["lang"] = "en" if current_locale() == "zh-CN" else "zh-CN"
    if request.endpoint is None or not request.endpoint.startswith("web."):
        return f"/?lang={args['lang']}"
    return url_for(request.endpoint, **{**(request.view_args or {}), **args})


def is_known(key: str) -> bool:
    return key in services().texts.keys(current_locale())


def hint_of(form: str, name: str, place: str = "") -> str:
    """What the console makes public, a member's own record does not: its place is asked first."""
    return _first(f"hint-{place}-{form}-{name}", f"hint-{form}-{name}", f"hint-{name}")


def label_of(form: str, name: str) -> str:
    return _first(f"label-{form}-{name}", f"label-{name}")


def _first(*keys: str) -> str:
    """The first of these messages that there is."""
    return next((services().texts.get(current_locale(), key) for key in keys if is_known(key)), "")


def pairs(asked: Input, choices: Mapping[str, Sequence[tuple[str, str]]]) -> Sequence[tuple[str, str]]:
    """The answers to choose from: given ones, yes and no, or a vocabulary in words."""
    if asked.name in choices:
        return choices[asked.name]
    texts, locale = services().texts, current_locale()
    if asked.kind == "yes-no":
        return [("yes", texts.get(locale, "yes")), ("no", texts.get(locale, "no"))]
    return [(value, texts.get(locale, f"choice-{asked.words}-{value}")) for value in asked.values]


def typed_list(typed: Any, name: str) -> list[str]:
    return list(typed.getlist(name)) if hasattr(typed, "getlist") else []


def teach(app: Flask) -> None:
    """Puts these words into every template."""
    filters: dict[str, Any] = {
        "money": money,
        "sums": sums,
        "number": number,
        "day": day,
        "moment": moment,
        "zone": zone_words,
        "currency": currency_words,
        "size": size,
        "words": known.in_words,
    }
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals.update(
        days_left=days_left,
        other_language=other_language,
        is_known=is_known,
        pairs=pairs,
        typed_list=typed_list,
        demand_kinds=DEMAND_KINDS,
        currencies=CURRENCIES,
        mailbox_page=lambda: services().settings.mailbox_page,
        hint_of=hint_of,
        label_of=label_of,
        problem_name=known.problem_name,
        step_name=known.step_name,
        jurisdiction_name=known.jurisdiction_name,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
