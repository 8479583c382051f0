"""What the reducer remembers: one cell of totals for a campaign, one small cell for each member, filing and so on."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

Leaf = Mapping[str, Any]
Cells = MutableMapping[str, Any]
Totals = dict[str, Any]


def new_totals() -> Totals:
    return {
        "campaign": None, "size": 0, "time": None, "state": None, "jurisdiction": None, "timezone": "UTC",
        "problem": None, "provider_kind": None, "demand_kinds": [], "demand_version": 0, "backing": {},
        "pending": 0, "confirmed": 0, "withdrawn": 0, "invalidated": 0, "growth": [],
        "claims": 0, "problems": {}, "claimed": {}, "satisfied": 0, "unsatisfied": 0,
        "evidence_submitted": 0, "evidence_accepted": 0, "filings": {}, "deadlines": {}, "step": None,
        "ballots": [], "promises": {"open": 0, "kept": 0, "broken": 0},
        "results": {}, "offered": {}, "paid": {}, "feed": 0,
    }  # fmt: skip


def count(counts: dict[str, int], key: str, change: int) -> None:
    """Adds to one counter of a map; a counter at zero is left out."""
    value = counts.get(key, 0) + change
    if value:
        counts[key] = value
    else:
        counts.pop(key, None)


@lru_cache(maxsize=4096)
def local_day(time: str, timezone: str) -> str:
    """The calendar day of a leaf's time in the campaign's zone."""
    return datetime.fromisoformat(time).astimezone(_zone(timezone)).date().isoformat()


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    """A zone that this machine does not know counts as UTC: campaign refuses unknown zones when it is drafted."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC
