"""A scenario as it is read from its file: people, steps and what is expected after each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from yaml.nodes import Node, ScalarNode, SequenceNode

from services.embedded.player import fields as f
from services.embedded.player.expectation import Expectations, read_expectations
from services.embedded.player.fields import Checker, Setting
from services.embedded.player.grammar import VERBS, Grammar
from services.embedded.player.nodes import Entry, Reader
from services.embedded.player.vocabulary import JURISDICTIONS, LOCALES, ROLES

PUBLIC: Final = "public"
SHIPPED: Final = Path(__file__).resolve().parents[3] / "scenarios" / "evidence"
_TOP: Final = ("scenario", "id", "title", "jurisdiction", "timezone", "people", "steps")
_OF_A_STEP: Final = ("at", "who", "do", "refused", "expect")


@dataclass(frozen=True)
class Person:
    handle: str
    role: str
    name: str
    email: str
    locale: str


@dataclass(frozen=True)
class Step:
    """`who` holds handles, or is empty for the public; `arguments` are checked values."""

    line: int
    at: datetime
    who: tuple[str, ...]
    verb: str
    arguments: Mapping[str, Any]
    refused: str | None
    expect: Expectations


@dataclass(frozen=True)
class Scenario:
    path: Path
    id: str
    title: Mapping[str, str]
    jurisdiction: str
    zone: ZoneInfo
    people: Mapping[str, Person]
    steps: tuple[Step, ...]


def read_scenario(path: Path) -> Scenario:
    """Raises Mistake, with its line, for the first thing that is not as the format has it."""
    reader = Reader(path)
    root = reader.root()
    top = _keys(reader, root, reader.entries(root, "a scenario, a map of keys"), _TOP)
    if (version := reader.text(top["scenario"], "format version 1")) != "1":
        raise reader.mistake(top["scenario"], "format version 1", f'"{version}"')
    zone = _zone(reader, top["timezone"])
    people = _people(reader, top["people"], zone)
    folders = (path.parent / "evidence", SHIPPED)
    setting = Setting(reader, zone, {handle: person.role for handle, person in people.items()}, folders)
    return Scenario(
        path=path,
        id=f.word(setting, top["id"]),
        title=f.record(setting, top["title"], {"zh": f.text, "en": f.text}, "a title {zh, en}"),
        jurisdiction=reader.word(top["jurisdiction"], JURISDICTIONS, "a jurisdiction"),
        zone=zone,
        people=people,
        steps=_steps(setting, top["steps"]),
    )


def _keys(reader: Reader, node: Node, entries: list[Entry], allowed: tuple[str, ...]) -> dict[str, Node]:
    """The values by key: all of the allowed and no other."""
    found = {}
    for entry in entries:
        if entry.key not in allowed:
            raise reader.mistake(entry.key_node, f"one of the keys {', '.join(allowed)}", f"`{entry.key}`")
        found[entry.key] = entry.value
    for key in allowed:
        if key not in found:
            raise reader.mistake(node, f"the key `{key}`", "none")
    return found


def _zone(reader: Reader, node: Node) -> ZoneInfo:
    name = reader.text(node, "an IANA time zone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise reader.mistake(node, "an IANA time zone such as Asia/Shanghai") from None


def _people(reader: Reader, node: Node, zone: ZoneInfo) -> dict[str, Person]:
    setting = Setting(reader, zone, {}, ())
    checks: dict[str, Checker] = {
        "role": f.one_of(*ROLES),
        "name": f.text,
        "email": f.email,
        "locale": f.one_of(*LOCALES),
    }
    people = {}
    for entry in reader.entries(node, "people by handle"):
        if entry.key == PUBLIC:
            raise reader.mistake(entry.key_node, "another handle (`public` is nobody in particular)", "`public`")
        told = f.record(setting, entry.value, checks, "a person {role, name, email, locale}")
        people[entry.key] = Person(handle=entry.key, **told)
    return people


def _steps(setting: Setting, node: Node) -> tuple[Step, ...]:
    reader = setting.reader
    steps: list[Step] = []
    for item in reader.items(node, "a list of steps"):
        step = _step(setting, item)
        if steps and step.at < steps[-1].at:
            before = f"a time not before {steps[-1].at:%Y-%m-%d %H:%M} (line {steps[-1].line})"
            at = next(e.value for e in reader.entries(item, "a step") if e.key == "at")
            raise reader.mistake(at, before)
        steps.append(step)
    if not steps:
        raise reader.mistake(node, "at least one step", "none")
    return tuple(steps)


def _step(setting: Setting, node: Node) -> Step:
    reader = setting.reader
    entries = {entry.key: entry for entry in reader.entries(node, "a step, a map of keys")}
    for key in ("at", "do"):
        if key not in entries:
            raise reader.mistake(node, f"a step with `{key}`", "none")
    verb = reader.text(entries["do"].value, "a verb")
    if verb not in VERBS:
        raise reader.mistake(entries["do"].value, f"a verb ({', '.join(VERBS)})")
    grammar = VERBS[verb]
    refused = f.word(setting, entries["refused"].value) if "refused" in entries else None
    return Step(
        line=node.start_mark.line + 1,
        at=f.moment(setting, entries["at"].value),
        who=_who(setting, node, entries.get("who"), verb, grammar),
        verb=verb,
        arguments=_arguments(setting, node, verb, grammar, entries),
        refused=refused,
        expect=read_expectations(setting, entries["expect"].value if "expect" in entries else None),
    )


def _who(setting: Setting, step: Node, entry: Entry | None, verb: str, grammar: Grammar) -> tuple[str, ...]:
    if entry is None:
        if grammar.public:
            return ()
        raise setting.reader.mistake(step, "a step with `who`", "none")
    node = entry.value
    if isinstance(node, SequenceNode):
        handles = [f.handle(setting, item) for item in node.value]
        if not handles:
            raise setting.reader.mistake(node, "at least one handle", "an empty list")
        return tuple(handles)
    if isinstance(node, ScalarNode) and node.value == PUBLIC:
        if not grammar.public:
            raise setting.reader.mistake(node, f"a handle for `{verb}`")
        return ()
    return (f.handle(setting, node),)


def _arguments(
    setting: Setting, step: Node, verb: str, grammar: Grammar, entries: Mapping[str, Entry]
) -> dict[str, Any]:
    reader, checks = setting.reader, grammar.arguments
    found = {}
    for key, entry in entries.items():
        if key in _OF_A_STEP:
            continue
        if key not in checks:
            known = ", ".join(checks) or "none"
            raise reader.mistake(entry.key_node, f"an argument of `{verb}` ({known})", f"`{key}`")
        found[key] = checks[key](setting, entry.value)
    for key in grammar.needs:
        if key not in found:
            raise reader.mistake(step, f"`{verb}` with `{key}`", "none")
    if grammar.either and not any(key in found for key in grammar.either):
        raise reader.mistake(step, f"`{verb}` with one of {', '.join(grammar.either)}", "none")
    return found
