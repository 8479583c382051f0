"""The checks of public words: each was committed to by its leaf, and whatever is missing was removed on record."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any, Final

from services.campaign.audit.container import CONTENT, LEAVES, dumps
from services.campaign.audit.findings import Findings
from services.contracts.leaf_v1 import Leaf
from services.contracts.registry import EventType, Registry

REMOVAL: Final = "campaign.content_removed"
Words = dict[str, Any]


class BadWords(ValueError):
    """A line or a disclosure that is not what it should be; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def digest_of(disclosure: str) -> str:
    return urlsafe_b64encode(sha256(disclosure.encode()).digest()).rstrip(b"=").decode()


def opened(disclosure: str) -> tuple[str, Any]:
    """Name and value that a disclosure states; raises BadWords for one that is not in its only form."""
    try:
        raw = urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4))
        stated = json.loads(raw)
        compact = json.dumps(stated, ensure_ascii=False, separators=(",", ":")).encode()
        if compact != raw or urlsafe_b64encode(raw).rstrip(b"=").decode() != disclosure:
            raise BadWords("disclosure-malformed")
        salt, name, value = stated
    except (ValueError, TypeError, RecursionError):
        raise BadWords("disclosure-malformed") from None
    if type(salt) is not str or len(salt) < 22 or type(name) is not str:
        raise BadWords("disclosure-malformed")
    return name, value


def words_of(leaf: Leaf, event_type: EventType, disclosures: list[str]) -> Words:
    """The public words of an event, each held to its leaf; raises BadWords for any that does not belong there."""
    words: Words = {}
    for disclosure in disclosures:
        name, value = opened(disclosure)
        if digest_of(disclosure) not in (leaf.digests or ()):
            raise BadWords("disclosure-not-committed")
        field = event_type.committed.get(name)
        if field is None or name in words:
            raise BadWords("disclosure-unknown")
        if field.kind != "text":
            raise BadWords("disclosure-personal")
        if not field.fits(value):
            raise BadWords("disclosure-malformed")
        words[name] = value
    if any(name not in words for name, field in event_type.texts.items() if not field.optional):
        raise BadWords("disclosure-missing")
    return words


def line_of(raw: bytes) -> tuple[str, list[str]]:
    """Event and disclosures of one line of content.jsonl; raises BadWords."""
    try:
        line = json.loads(raw)
        event, disclosures = line["event"], line["disclosures"]
        if dumps(line) != raw or line.keys() != {"event", "disclosures"}:
            raise BadWords("content-malformed")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise BadWords("content-malformed") from None
    if type(event) is not str or type(disclosures) is not list or not all(type(one) is str for one in disclosures):
        raise BadWords("content-malformed")
    return event, disclosures


class WordChecks:
    """Walks content.jsonl beside the log: its lines stand in the order of their events."""

    def __init__(self, lines: Iterator[bytes], types: Registry, findings: Findings) -> None:
        self._lines = lines
        self._types = types
        self._findings = findings
        self._next: tuple[str, list[str]] | None = None
        self._seen: set[str] = set()
        self._missing: dict[str, int] = {}
        self._gone: set[str] = set()
        self._number = 0
        self._advance()

    def take(self, index: int, leaf: Leaf) -> Words | None:
        """The words of this event, None where it has none or they are gone."""
        if leaf.type == REMOVAL:
            self._removed(index, leaf)
        event_type = self._types.get(leaf.type, leaf.version)
        if not event_type.texts:
            return None
        while self._next is not None and self._next[0] in self._seen:
            self._add("content-out-of-order", self._next[0])
            self._advance()
        self._seen.add(leaf.id)
        if self._next is None or self._next[0] != leaf.id:
            self._missing[leaf.id] = index
            return None
        disclosures = self._next[1]
        self._advance()
        try:
            return words_of(leaf, event_type, disclosures)
        except BadWords as error:
            self._findings.add(error.code, CONTENT, line=index + 1, event=leaf.id)
            return None

    def finish(self) -> None:
        """At the end of the log: what is left over, and what is missing unexplained."""
        while self._next is not None:
            self._add("content-without-event", self._next[0])
            self._advance()
        for event, index in self._missing.items():
            self._findings.add("words-missing", CONTENT, line=index + 1, event=event)

    def _removed(self, index: int, leaf: Leaf) -> None:
        event = leaf.data["event"]
        if event not in self._seen:
            self._findings.add("removal-of-nothing", LEAVES, line=index + 1, event=leaf.id, found=event)
        elif self._missing.pop(event, None) is not None:
            self._gone.add(event)
        elif event not in self._gone:
            self._findings.add("words-not-removed", CONTENT, line=index + 1, event=event)

    def _advance(self) -> None:
        for raw in self._lines:
            self._number += 1
            try:
                self._next = line_of(raw)
            except BadWords as error:
                self._findings.add(error.code, CONTENT, found=f"line {self._number}")
                continue
            return
        self._next = None

    def _add(self, code: str, event: str) -> None:
        self._findings.add(code, CONTENT, found=f"line {self._number}", event=event[:36])
