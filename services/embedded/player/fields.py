"""What the value of an argument must be: each checker turns a node into a value or says what it expected."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from services.embedded.player.nodes import Reader, is_null
from services.embedded.player.vocabulary import DEMAND_KINDS, PROVIDER_KINDS, RESULTS

_LOCAL = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2})?)\Z", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_AMOUNT = re.compile(r"-?\d+(\.\d+)?\Z", re.ASCII)
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}\Z", re.ASCII)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\Z")


@dataclass(frozen=True)
class Setting:
    """What a checker may need to know of the scenario around the value."""

    reader: Reader
    zone: ZoneInfo
    handles: Mapping[str, str]
    folders: tuple[Path, ...]


Checker = Callable[[Setting, Node], Any]


def text(setting: Setting, node: Node) -> str:
    return setting.reader.text(node, "text")


def word(setting: Setting, node: Node) -> str:
    value = setting.reader.text(node, "an id")
    if not _WORD.match(value):
        raise setting.reader.mistake(node, "an id such as cn-cs")
    return value


def one_of(*allowed: str) -> Checker:
    return lambda setting, node: setting.reader.word(node, allowed, "one of")


def some_of(*allowed: str) -> Checker:
    return lambda setting, node: [setting.reader.word(n, allowed, "one of") for n in _filled(setting, node)]


def texts(setting: Setting, node: Node) -> list[str]:
    return [setting.reader.text(item, "text") for item in _filled(setting, node)]


def amount(setting: Setting, node: Node) -> str:
    value = setting.reader.text(node, 'an amount such as "88.00"')
    if not _AMOUNT.match(value):
        raise setting.reader.mistake(node, 'an amount such as "88.00"')
    return value


def amounts(setting: Setting, node: Node) -> list[str]:
    return [amount(setting, item) for item in _filled(setting, node)]


def currency(setting: Setting, node: Node) -> str:
    value = setting.reader.text(node, "a currency such as CNY")
    if not _CURRENCY.match(value):
        raise setting.reader.mistake(node, "a currency such as CNY")
    return value


def sums(setting: Setting, node: Node) -> dict[str, str]:
    """Amounts by currency."""
    expected = 'amounts by currency such as {CNY: "88.00"}'
    found = {}
    for entry in setting.reader.entries(node, expected):
        if not _CURRENCY.match(entry.key):
            raise setting.reader.mistake(entry.key_node, "a currency such as CNY")
        found[entry.key] = amount(setting, entry.value)
    return found


def whole(least: int, most: int) -> Checker:
    def check(setting: Setting, node: Node) -> int:
        expected = f"a whole number from {least} to {most}"
        value = setting.reader.text(node, expected)
        if not re.fullmatch(r"\d{1,9}", value, re.ASCII) or not least <= int(value) <= most:
            raise setting.reader.mistake(node, expected)
        return int(value)

    return check


def truth(setting: Setting, node: Node) -> bool:
    value = setting.reader.text(node, "true or false").lower()
    if value not in ("true", "false"):
        raise setting.reader.mistake(node, "true or false")
    return value == "true"


def email(setting: Setting, node: Node) -> str:
    value = setting.reader.text(node, "an e-mail address")
    if not _EMAIL.match(value):
        raise setting.reader.mistake(node, "an e-mail address")
    return value


def handle(setting: Setting, node: Node) -> str:
    value = setting.reader.text(node, "a handle")
    if value not in setting.handles:
        raise setting.reader.mistake(node, f"a handle of `people` ({', '.join(setting.handles)})")
    return value


def moment(setting: Setting, node: Node) -> datetime:
    """A local time of the scenario's zone that exists there."""
    expected = "a local date and time such as 2026-03-02 09:00"
    value = setting.reader.text(node, expected)
    found = _LOCAL.match(value)
    if found is None:
        raise setting.reader.mistake(node, expected)
    try:
        local = datetime.fromisoformat(f"{found[1]}T{found[2]}").replace(tzinfo=setting.zone)
        instant = local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise setting.reader.mistake(node, expected) from None
    if instant.astimezone(setting.zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise setting.reader.mistake(node, f"a time that exists in {setting.zone.key}")
    return local


def day(setting: Setting, node: Node) -> date:
    expected = "a date such as 2026-03-02"
    value = setting.reader.text(node, expected)
    if _LOCAL.match(value):
        return moment(setting, node).date()
    try:
        if not _DAY.match(value):
            raise ValueError
        return date.fromisoformat(value)
    except ValueError:
        raise setting.reader.mistake(node, expected) from None


def until(setting: Setting, node: Node) -> datetime:
    """An instant; a day alone means its end."""
    if isinstance(node, ScalarNode) and _DAY.match(node.value):
        end = day(setting, node) + timedelta(days=1)
        return datetime(end.year, end.month, end.day, tzinfo=setting.zone)
    return moment(setting, node)


def size_or_moment(setting: Setting, node: Node) -> int | datetime:
    if isinstance(node, ScalarNode) and re.fullmatch(r"\d{1,9}", node.value, re.ASCII):
        return int(node.value)
    expected = "a number of events, or a local date and time such as 2026-03-02 09:00"
    if not isinstance(node, ScalarNode) or not _LOCAL.match(node.value):
        raise setting.reader.mistake(node, expected)
    return moment(setting, node)


def evidence_file(setting: Setting, node: Node) -> Path:
    name = setting.reader.text(node, "the name of an evidence file")
    if "/" in name or "\\" in name or name.startswith("."):
        raise setting.reader.mistake(node, "the plain name of an evidence file")
    for folder in setting.folders:
        if (folder / name).is_file():
            return folder / name
    where = " or ".join(str(folder) for folder in setting.folders)
    raise setting.reader.mistake(node, f"an evidence file in {where}")


def provider(setting: Setting, node: Node) -> dict[str, Any]:
    return record(setting, node, {"name": text, "kind": one_of(*PROVIDER_KINDS)}, "a provider {name, kind}")


def demands(setting: Setting, node: Node) -> list[dict[str, Any]]:
    checks: dict[str, Checker] = {"kind": one_of(*DEMAND_KINDS), "text": text}
    return [record(setting, item, checks, "a demand {kind, text}") for item in _filled(setting, node)]


def results(setting: Setting, node: Node) -> dict[str, str]:
    found = {}
    for entry in setting.reader.entries(node, "results by place such as {1: met}"):
        if not re.fullmatch(r"[1-9]", entry.key):
            raise setting.reader.mistake(entry.key_node, "the place of a demand, from 1")
        found[entry.key] = setting.reader.word(entry.value, RESULTS, "a result")
    return found


def override(setting: Setting, node: Node) -> str:
    """A reason; also `{reason: ...}`, or `true` with the reason beside it as `reason`."""
    if isinstance(node, MappingNode):
        return str(record(setting, node, {"reason": text}, "an override {reason}")["reason"])
    return setting.reader.text(node, "the reason of the override")


def record(setting: Setting, node: Node, checks: Mapping[str, Checker], expected: str) -> dict[str, Any]:
    """A map with exactly these keys."""
    found = {}
    for entry in setting.reader.entries(node, expected):
        if entry.key not in checks:
            raise setting.reader.mistake(entry.key_node, expected, f"the key `{entry.key}`")
        found[entry.key] = checks[entry.key](setting, entry.value)
    for key in checks:
        if key not in found:
            raise setting.reader.mistake(node, f"{expected} with `{key}`", "none")
    return found


def plain(setting: Setting, node: Node) -> Any:
    """Values to compare with: scalars as text, null as None, maps and lists of them."""
    if isinstance(node, MappingNode):
        return {entry.key: plain(setting, entry.value) for entry in setting.reader.entries(node, "a map")}
    if isinstance(node, SequenceNode):
        return [plain(setting, item) for item in node.value]
    assert isinstance(node, ScalarNode)
    return None if is_null(node) else str(node.value)


def _filled(setting: Setting, node: Node) -> list[Node]:
    items = setting.reader.items(node, "a list")
    if not items:
        raise setting.reader.mistake(node, "a list of at least one", "an empty list")
    return items
