"""What a check found: a stable code, the place, and what was expected and seen."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

MOST_KEPT: Final = 1_000


class Unusable(Exception):
    """The input cannot be checked at all; `code` says why."""

    def __init__(self, code: str, where: str = "") -> None:
        super().__init__(f"{code} {where}".rstrip())
        self.code = code
        self.where = where


@dataclass(frozen=True, slots=True)
class Finding:
    """`line` is that of leaves.jsonl, from 1; `expected` and `found` are short texts."""

    code: str
    part: str
    line: int | None = None
    event: str | None = None
    expected: str | None = None
    found: str | None = None

    def as_json(self) -> dict[str, Any]:
        names = ("code", "part", "line", "event", "expected", "found")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


@dataclass(slots=True)
class Findings:
    """The first thousand are kept, all are counted."""

    kept: list[Finding] = field(default_factory=list)
    count: int = 0

    def add(
        self, code: str, part: str, *, line: int | None = None, event: str | None = None,
        expected: object = None, found: object = None,
    ) -> None:  # fmt: skip
        self.count += 1
        if len(self.kept) < MOST_KEPT:
            self.kept.append(Finding(code, part, line, event, _short(expected), _short(found)))

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.kept)


def _short(value: object) -> str | None:
    if value is None:
        return None
    text = str(value)
    text = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:300])
    return text if len(text) <= 200 else text[:199] + "…"
