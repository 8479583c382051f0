"""YAML read with its line numbers kept, so that every mistake is told with its place and what was expected."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

LONGEST_FILE: Final = 2 * 1024 * 1024
_SHOWN: Final = 60


@dataclass(eq=False)
class Mistake(Exception):
    """One mistake of a file that a person wrote."""

    path: Path
    line: int
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: expected {self.expected}, found {self.found}"


@dataclass(frozen=True)
class Entry:
    """One key of a map with its value, each where it stands."""

    key: str
    key_node: Node
    value: Node


class Reader:
    """Takes nodes of one file apart; what is not as expected is a Mistake with its line."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def root(self) -> Node:
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise Mistake(self.path, 0, "a readable file", error.strerror or type(error).__name__) from None
        if len(data) > LONGEST_FILE:
            raise Mistake(self.path, 1, f"at most {LONGEST_FILE} bytes", f"{len(data)} bytes")
        try:
            node = yaml.compose(data.decode(), Loader=yaml.SafeLoader)
        except UnicodeDecodeError as error:
            line = data[: error.start].count(b"\n") + 1
            raise Mistake(self.path, line, "UTF-8", f"byte 0x{data[error.start]:02x}") from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise Mistake(self.path, mark.line + 1 if mark else 1, "YAML", str(error.problem)) from None
        except yaml.YAMLError as error:
            raise Mistake(self.path, 1, "YAML", str(error).splitlines()[0]) from None
        if node is None:
            raise Mistake(self.path, 1, "a scenario", "an empty file")
        return node

    def mistake(self, node: Node, expected: str, found: str | None = None) -> Mistake:
        return Mistake(self.path, node.start_mark.line + 1, expected, shown(node) if found is None else found)

    def entries(self, node: Node, expected: str) -> list[Entry]:
        """The pairs of a map, each key once."""
        if not isinstance(node, MappingNode):
            raise self.mistake(node, expected)
        seen: dict[str, int] = {}
        entries = []
        for key_node, value in node.value:
            key = self.text(key_node, "a key")
            if key in seen:
                raise self.mistake(key_node, f"each key once (`{key}` is on line {seen[key]} too)", f"`{key}` again")
            seen[key] = key_node.start_mark.line + 1
            entries.append(Entry(key, key_node, value))
        return entries

    def items(self, node: Node, expected: str) -> list[Node]:
        if not isinstance(node, SequenceNode):
            raise self.mistake(node, expected)
        return list(node.value)

    def text(self, node: Node, expected: str) -> str:
        """A scalar as it is written, whatever YAML would take it for."""
        if not isinstance(node, ScalarNode) or is_null(node):
            raise self.mistake(node, expected)
        if not node.value.strip():
            raise self.mistake(node, expected, "nothing")
        return str(node.value)

    def word(self, node: Node, allowed: tuple[str, ...], what: str) -> str:
        text = self.text(node, f"{what} ({', '.join(allowed)})")
        if text not in allowed:
            raise self.mistake(node, f"{what} ({', '.join(allowed)})")
        return text


def is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.tag == "tag:yaml.org,2002:null"


def shown(node: Node) -> str:
    if isinstance(node, MappingNode):
        return "a map"
    if isinstance(node, SequenceNode):
        return "a list"
    if is_null(node):
        return "nothing"
    text = str(node.value)
    return f'"{text[:_SHOWN]}…"' if len(text) > _SHOWN else f'"{text}"'
