"""Every published event type by name and version: its schema, and the check of a leaf's clear fields against it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final

from services.contracts.leaf_v1 import BadLeaf, Leaf, instant

Schema = Mapping[str, Any]
_FILE: Final = re.compile(r"(?P<type>[a-z]+\.[a-z_]+)\.v(?P<version>[1-9][0-9]*)\.json", re.ASCII)
LEAF_SCHEMA: Final = "leaf.v1.json"


@dataclass(frozen=True, slots=True)
class Committed:
    """A field that stands in the leaf as a digest: `kind` personal or text, `value` the JSON type it discloses."""

    kind: str
    value: str
    optional: bool

    def fits(self, value: Any) -> bool:
        """Whether a disclosed value is of the right kind; lists hold text."""
        if self.value == "array":
            return type(value) is list and all(type(item) is str for item in value)
        return type(value) is {"string": str, "integer": int}[self.value]


@dataclass(frozen=True, slots=True)
class EventType:
    """One published event type at one version; `subject`: its leaves name a member always, sometimes or never."""

    type: str
    version: int
    creates: bool
    subject: str
    clear: Mapping[str, Schema]
    required: frozenset[str]
    committed: Mapping[str, Committed]
    texts: Mapping[str, Committed]
    schema: Schema

    def check(self, leaf: Leaf) -> None:
        """Raises BadLeaf where the leaf has a clear field too many, one too few, or one of the wrong kind."""
        if unknown := leaf.data.keys() - self.clear.keys():
            raise BadLeaf("unknown-field", f"data.{min(unknown)[:80]}")
        if missing := self.required - leaf.data.keys():
            raise BadLeaf("missing-field", f"data.{min(missing)}")
        for name, value in leaf.data.items():
            if not _fits(self.clear[name], value):
                raise BadLeaf("wrong-field", f"data.{name}")
        if (leaf.digests is not None) != bool(self.committed):
            raise BadLeaf("wrong-digests", "_sd")
        if (self.subject == "always" and leaf.subject is None) or (self.subject == "never" and leaf.subject):
            raise BadLeaf("wrong-subject", "subject")
        if self.creates != (leaf.n == 1):
            raise BadLeaf("wrong-place-in-stream", "n")


class Registry:
    """The event types of one set of schemas."""

    def __init__(self, schemas: Iterable[tuple[str, Schema]]) -> None:
        self._types: dict[tuple[str, int], EventType] = {}
        for name, schema in schemas:
            if match := _FILE.fullmatch(name):
                key = match["type"], int(match["version"])
                self._types[key] = _event_type(*key, schema)

    def __iter__(self) -> Iterator[EventType]:
        return iter(self._types.values())

    def get(self, event_type: str, version: int) -> EventType:
        """Raises BadLeaf `unknown-event-type` for a type or version that was never published."""
        try:
            return self._types[event_type, version]
        except KeyError:
            raise BadLeaf("unknown-event-type", f"{event_type[:80]} {version}") from None

    def check(self, leaf: Leaf) -> None:
        self.get(leaf.type, leaf.version).check(leaf)


@cache
def registry() -> Registry:
    """The published event types, from the schema files of this package."""
    return Registry((name, json.loads(text)) for name, text in schema_files())


def schema_files() -> list[tuple[str, str]]:
    """Names and text of all schema files, in the order of their names."""
    folder = files("services.contracts") / "schemas"
    return sorted((entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".json"))


def _event_type(event_type: str, version: int, schema: Schema) -> EventType:
    data = schema["properties"]["data"]
    committed = {name: Committed(**field) for name, field in schema["x-committed"].items()}
    return EventType(
        type=event_type,
        version=version,
        creates=schema["x-creates"],
        subject=schema["x-subject"],
        clear=data["properties"],
        required=frozenset(data["required"]),
        committed=committed,
        texts={name: field for name, field in committed.items() if field.kind == "text"},
        schema=schema,
    )


def _fits(schema: Schema, value: Any) -> bool:
    check = _CHECKS.get(schema["type"])
    return check is not None and check(schema, value)


def _text(schema: Schema, value: Any) -> bool:
    if type(value) is not str:
        return False
    if "pattern" in schema and not _pattern(schema["pattern"]).search(value):
        return False
    return _is_a(schema.get("format"), value)


def _is_a(name: str | None, value: str) -> bool:
    try:
        if name == "date":
            date.fromisoformat(value)
        elif name == "date-time":
            instant(value)
    except ValueError:
        return False
    return True


def _whole_number(schema: Schema, value: Any) -> bool:
    return type(value) is int and schema.get("minimum", value) <= value <= schema.get("maximum", value)


def _list(schema: Schema, value: Any) -> bool:
    return type(value) is list and all(_fits(schema["items"], item) for item in value)


def _map(schema: Schema, value: Any) -> bool:
    if type(value) is not dict:
        return False
    names = _pattern(schema.get("propertyNames", {}).get("pattern", ""))
    return all(names.search(key) and _fits(schema["additionalProperties"], item) for key, item in value.items())


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Patterns of our schemas are anchored with ^ and $; Python's $ would let a line break follow."""
    return re.compile(pattern.removesuffix("$") + r"\Z" if pattern.endswith("$") else pattern, re.ASCII)


_CHECKS: Final[Mapping[str, Callable[[Schema, Any], bool]]] = {
    "string": _text,
    "integer": _whole_number,
    "boolean": lambda schema, value: type(value) is bool,
    "array": _list,
    "object": _map,
}
