"""A mail as blocks of sentences: one description, shown as HTML and as plain text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

BlockKind = Literal["paragraph", "button", "facts", "quote", "list", "code", "alert", "heading"]


@dataclass(frozen=True, slots=True)
class Block:
    """`lines` of text; for a button `url`; for facts `pairs` of name and value."""

    kind: BlockKind
    lines: tuple[str, ...] = ()
    url: str = ""
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    blocks: tuple[Block, ...]
    why: str
    """Why this person gets it, said in the foot."""
    stop_url: str | None = None
    preview: str = field(default="")


def paragraph(text: str) -> Block:
    return Block("paragraph", (text,))


def heading(text: str) -> Block:
    return Block("heading", (text,))


def alert(title: str, lines: tuple[str, ...]) -> Block:
    return Block("alert", (title, *lines))


def button(text: str, url: str) -> Block:
    return Block("button", (text,), url=url)


def code(text: str) -> Block:
    return Block("code", (text,))


def quote(text: str) -> Block:
    """Words that a person wrote, line by line as they stand."""
    return Block("quote", tuple(text.splitlines()) or ("",))


def listed(lines: list[str]) -> Block:
    return Block("list", tuple(lines))


def facts(*pairs: tuple[str, str | None]) -> Block:
    """Pairs without a value are left out."""
    return Block("facts", pairs=tuple((name, value) for name, value in pairs if value))
