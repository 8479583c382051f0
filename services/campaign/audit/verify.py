"""Checks an export offline, without trusting whoever made it: `verify(path)` reports what does not hold."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from services.campaign.audit.container import CONTENT, LEAVES, MANIFEST, PROGRESS, SCHEMAS, SMALL_PART, dumps
from services.campaign.audit.findings import Finding, Findings, Unusable
from services.campaign.audit.log_checks import LogChecks
from services.campaign.audit.opening import Export
from services.campaign.audit.word_checks import WordChecks
from services.contracts.progress_v1 import Progress
from services.contracts.registry import registry, schema_files

Document = dict[str, Any]


class Exit(IntEnum):
    """What the command line ends with."""

    OK = 0
    FINDING = 1
    UNUSABLE = 2


@dataclass(frozen=True, slots=True)
class Report:
    """`count` is of all findings, `findings` holds the first thousand.

    `origin`: whether the numbers compared were those that were published; `compared_at`: after how many leaves.
    """

    campaign: str
    size: int
    members: int
    erased: int
    origin: str
    compared_at: int | None
    findings: tuple[Finding, ...]
    count: int

    @property
    def exit(self) -> Exit:
        return Exit.FINDING if self.count else Exit.OK

    def as_json(self) -> dict[str, Any]:
        return {
            "verify": "finding" if self.count else "ok",
            "campaign": self.campaign,
            "size": self.size,
            "members": self.members,
            "erased": self.erased,
            "numbers": {"origin": self.origin, "size": self.compared_at},
            "count": self.count,
            "findings": [finding.as_json() for finding in self.findings],
        }


def verify(path: Path, seen: Path | None = None) -> Report:
    """`seen`: public numbers that the auditor saved elsewhere, at any earlier moment of this log.

    Raises Unusable for what cannot be checked at all; never anything else, whatever the files hold.
    """
    findings = Findings()
    with Export(path) as export:
        _check_parts(export, findings)
        stated, origin = _published(export.bytes_of(PROGRESS), findings)
        claims = {} if stated is None else {PROGRESS: stated}
        if seen is not None:
            claims[seen.name] = _seen(seen)
        log = _check_log(export, findings, claims)
        size = export.manifest.size
        if log.lines != size:
            findings.add("wrong-size", LEAVES, expected=size, found=log.lines)
        compared_at = None if stated is None else stated["size"]
        return Report(
            export.manifest.campaign, log.lines, log.members, log.erased, origin, compared_at, tuple(findings),
            findings.count,
        )  # fmt: skip


def _check_parts(export: Export, findings: Findings) -> None:
    """Every part is listed with its digest, and the schemas are those that this program knows."""
    stated = export.manifest.parts
    present = export.names - {MANIFEST}
    for name in sorted(present - stated.keys()):
        findings.add("part-not-listed", name)
    for name in sorted(stated.keys() - present):
        findings.add("part-missing", name)
    for name in sorted(present & stated.keys()):
        found = export.digest_of(name)
        if found != stated[name]:
            findings.add("part-altered", name, expected=stated[name].sha256, found=found.sha256)
    for name, text in schema_files():
        if SCHEMAS + name in present and export.bytes_of(SCHEMAS + name) != text.encode():
            findings.add("schema-differs", SCHEMAS + name)


def _published(raw: bytes, findings: Findings) -> tuple[Document | None, str]:
    try:
        stated = json.loads(raw)
        document, origin = stated["document"], stated["origin"]
        sound = (
            dumps(stated) == raw
            and stated.keys() == {"document", "origin"}
            and type(document) is dict
            and type(document.get("size")) is int
            and origin in ("published", "recomputed")
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        sound = False
    if not sound:
        findings.add("numbers-unreadable", PROGRESS)
        return None, "unreadable"
    return document, origin


def _seen(path: Path) -> Document:
    """As `GET /api/v1/campaigns/<id>/progress` answers."""
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(SMALL_PART))
            dumps(document)
    except (OSError, ValueError, RecursionError):
        raise Unusable("numbers-unreadable", path.name) from None
    if type(document) is not dict or type(document.get("size")) is not int:
        raise Unusable("numbers-unreadable", path.name)
    return document


def _check_log(export: Export, findings: Findings, claims: Mapping[str, Document]) -> LogChecks:
    """`claims` are numbers by the name of the file that states them; each is compared at its own size."""
    types = registry()
    log = LogChecks(export.manifest.campaign, types, findings)
    words = WordChecks(export.lines(CONTENT), types, findings)
    progress = Progress({})
    waiting = dict(claims)
    for index, raw in enumerate(export.lines(LEAVES)):
        leaf = log.take(raw)
        if leaf is None:
            continue
        words.take(index, leaf)
        progress.apply(progress.size, leaf.whole)
        for name in [name for name, claim in waiting.items() if claim["size"] == index + 1]:
            _compare(name, waiting.pop(name), progress.document(), findings)
    words.finish()
    for name, claim in waiting.items():
        findings.add("numbers-of-another-size", name, expected=log.lines, found=claim["size"])
    return log


def _compare(part: str, stated: Document, counted: Document, findings: Findings) -> None:
    for name in sorted(stated.keys() | counted.keys()):
        if name not in stated or name not in counted or not _same(stated[name], counted[name]):
            found = dumps(stated[name]).decode() if name in stated else None
            expected = dumps(counted[name]).decode() if name in counted else None
            findings.add("number-differs", part, expected=f"{name}={expected}", found=f"{name}={found}")


def _same(stated: Any, counted: Any) -> bool:
    return dumps(stated) == dumps(counted)
