"""The checks of the log itself, leaf by leaf: form, order, gaps, times, and the rules of erasure that are public."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from services.campaign.audit.container import LEAVES
from services.campaign.audit.findings import Findings
from services.contracts.leaf_v1 import BadLeaf, Leaf, instant, parse
from services.contracts.registry import Registry

TOLERATED: Final = timedelta(hours=1)
"""A request is stamped before the writer orders it, and a member's time is cut to the hour."""
_ORDER: Final = {
    "membership.subject_erased": "membership.erasure_requested",
    "membership.erasure_completed": "membership.subject_erased",
}
_OF_ONE_MEMBER: Final = frozenset({"filing.material_requested", "filing.material_given"})
"""At a collective filing, which is about nobody, these are about the member who was asked."""


@dataclass(slots=True)
class _Stream:
    n: int
    aggregate: str
    subject: str | None


@dataclass(slots=True)
class LogChecks:
    """Fed every line in order; `take` gives the leaf where it is sound enough to be counted."""

    campaign: str
    types: Registry
    findings: Findings
    lines: int = 0
    latest: datetime = field(default_factory=lambda: datetime.min.replace(tzinfo=UTC))
    _ids: set[bytes] = field(default_factory=set)
    _streams: dict[bytes, _Stream] = field(default_factory=dict)
    _erasing: dict[str, str] = field(default_factory=dict)

    @property
    def erased(self) -> int:
        """Subjects whose data was destroyed."""
        return sum(state != "membership.erasure_requested" for state in self._erasing.values())

    @property
    def members(self) -> int:
        return sum(stream.aggregate == "membership" for stream in self._streams.values())

    def take(self, raw: bytes) -> Leaf | None:
        self.lines += 1
        try:
            leaf = parse(raw)
            self.types.check(leaf)
        except BadLeaf as error:
            self.findings.add(error.code, LEAVES, line=self.lines, found=error.where or None)
            return None
        if leaf.campaign != self.campaign:
            self._add("leaf-of-another-campaign", leaf, expected=self.campaign, found=leaf.campaign)
            return None
        if self.lines == 1 and leaf.type != "campaign.drafted":
            self._add("wrong-beginning", leaf, expected="campaign.drafted", found=leaf.type)
        self._check_id(leaf)
        self._check_stream(leaf)
        self._check_time(leaf)
        self._check_erasure(leaf)
        return leaf

    def _check_id(self, leaf: Leaf) -> None:
        event = bytes.fromhex(leaf.id.replace("-", ""))
        if event in self._ids:
            self._add("id-twice", leaf, found=leaf.id)
        self._ids.add(event)

    def _check_stream(self, leaf: Leaf) -> None:
        name, aggregate = bytes.fromhex(leaf.stream.replace("-", "")), leaf.type.partition(".")[0]
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = _Stream(0, aggregate, leaf.subject)
        if stream.aggregate != aggregate:
            self._add("stream-of-two-kinds", leaf, expected=stream.aggregate, found=aggregate)
        if stream.subject != leaf.subject and not (stream.subject is None and leaf.type in _OF_ONE_MEMBER):
            self._add("subject-changed", leaf, expected=stream.subject, found=leaf.subject)
        if leaf.n != stream.n + 1:
            self._add("gap-in-stream", leaf, expected=stream.n + 1, found=leaf.n)
        stream.n = leaf.n

    def _check_time(self, leaf: Leaf) -> None:
        at = instant(leaf.time)
        if at + TOLERATED < self.latest:
            self._add("time-went-back", leaf, expected=f"{self.latest - TOLERATED:%Y-%m-%dT%H:%M:%SZ}", found=leaf.time)
        self.latest = max(self.latest, at)

    def _check_erasure(self, leaf: Leaf) -> None:
        if leaf.subject is None:
            return
        state = self._erasing.get(leaf.subject)
        if leaf.type in _ORDER:
            if state != _ORDER[leaf.type]:
                self._add("erasure-out-of-order", leaf, expected=_ORDER[leaf.type], found=state)
        elif state in _ORDER and (leaf.role == "member" or leaf.type.startswith("membership.")):
            self._add("act-after-erasure", leaf, found=leaf.type)
        if leaf.type in _ORDER or leaf.type == "membership.erasure_requested":
            self._erasing[leaf.subject] = leaf.type

    def _add(self, code: str, leaf: Leaf, *, expected: object = None, found: object = None) -> None:
        self.findings.add(code, LEAVES, line=self.lines, event=leaf.id, expected=expected, found=found)
