"""What a step expects, as read from its file: single things to compare, each with the line on which it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from yaml.nodes import MappingNode, Node

from services.embedded.player import fields as f
from services.embedded.player.fields import Setting
from services.embedded.player.vocabulary import CAMPAIGN_STATES, FILING_STATES, MAIL_KINDS, PROGRESS_FIELDS, WARNINGS


@dataclass(frozen=True)
class Expectations:
    """`mail`: (handle or None for all, kind, how many)."""

    progress: dict[str, Any] = field(default_factory=dict)
    mail: tuple[tuple[str | None, str, int], ...] = ()
    state: dict[str, str] = field(default_factory=dict)
    warns: tuple[str, ...] = ()
    feed: int | None = None
    verify: bool = False


def read_expectations(setting: Setting, node: Node | None) -> Expectations:
    found: dict[str, Any] = {}
    if node is not None:
        for entry in setting.reader.entries(node, "expectations, a map of keys"):
            if entry.key not in _READERS:
                keys = ", ".join(_READERS)
                raise setting.reader.mistake(entry.key_node, f"one of {keys}", f"`{entry.key}`")
            found[entry.key] = _READERS[entry.key](setting, entry.value)
    return Expectations(**found)


def _progress(setting: Setting, node: Node) -> dict[str, Any]:
    found = {}
    for entry in setting.reader.entries(node, "fields of progress"):
        if entry.key not in PROGRESS_FIELDS:
            known = ", ".join(PROGRESS_FIELDS)
            raise setting.reader.mistake(entry.key_node, f"a field of progress ({known})", f"`{entry.key}`")
        found[entry.key] = f.plain(setting, entry.value)
    return found


def _mail(setting: Setting, node: Node) -> tuple[tuple[str | None, str, int], ...]:
    counts: list[tuple[str | None, str, int]] = []
    for entry in setting.reader.entries(node, "numbers of messages by kind"):
        if entry.key in setting.handles and isinstance(entry.value, MappingNode):
            for kind in setting.reader.entries(entry.value, f"numbers of messages to {entry.key} by kind"):
                counts.append((entry.key, _kind(setting, kind.key, kind.key_node), _count(setting, kind.value)))
        else:
            counts.append((None, _kind(setting, entry.key, entry.key_node), _count(setting, entry.value)))
    return tuple(counts)


def _kind(setting: Setting, kind: str, node: Node) -> str:
    if kind not in MAIL_KINDS:
        raise setting.reader.mistake(node, f"a handle or a kind of mail ({', '.join(MAIL_KINDS)})", f"`{kind}`")
    return kind


def _state(setting: Setting, node: Node) -> dict[str, str]:
    states = {"campaign": CAMPAIGN_STATES, "filing": FILING_STATES}
    found = {}
    for entry in setting.reader.entries(node, "a state of the campaign or of the latest filing"):
        if entry.key not in states:
            raise setting.reader.mistake(entry.key_node, "`campaign` or `filing`", f"`{entry.key}`")
        found[entry.key] = setting.reader.word(entry.value, states[entry.key], f"a state of the {entry.key}")
    return found


def _warns(setting: Setting, node: Node) -> tuple[str, ...]:
    items = setting.reader.items(node, "a list of warnings")
    return tuple(setting.reader.word(item, WARNINGS, "a warning") for item in items)


def _verify(setting: Setting, node: Node) -> bool:
    return setting.reader.word(node, ("ok",), "what the check says") == "ok"


_count: Final = f.whole(0, 10**7)
_READERS: Final[dict[str, Callable[[Setting, Node], Any]]] = {
    "progress": _progress,
    "mail": _mail,
    "state": _state,
    "warns": _warns,
    "feed": _count,
    "verify": _verify,
}
