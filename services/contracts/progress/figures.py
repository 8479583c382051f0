"""The figures that are shown of what the reducer remembers; breakdowns of claims never show a small group."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from services.contracts.progress.state import Cells, Totals

SMALLEST_GROUP: Final = 10
"""People: a smaller group of a breakdown of claims is merged with others."""
OTHER: Final = "other"
_FILING_STATES: Final = ("prepared", "open", "lapsed", "answered", "closed")
_AS_THEY_ARE: Final = (
    "campaign", "size", "time", "state", "jurisdiction", "timezone", "problem", "provider_kind", "demand_version",
    "claims", "satisfied", "unsatisfied", "evidence_submitted", "evidence_accepted", "step", "feed",
)  # fmt: skip


def document(cells: Cells, totals: Totals) -> dict[str, Any]:
    """The numbers of one campaign, keys in order; money is decimal text."""
    figures = {name: totals[name] for name in _AS_THEY_ARE}
    figures |= {f"members_{name}": totals[name] for name in ("confirmed", "pending", "withdrawn", "invalidated")}
    figures |= {
        "demand_kinds": list(totals["demand_kinds"]),
        "backing": {version: totals["backing"][version] for version in sorted(totals["backing"], key=int)},
        "claimed": dict(sorted(totals["claimed"].items())),
        "claims_by_problem": by_problem(totals["problems"]),
        "filings": {state: totals["filings"][state] for state in _FILING_STATES if state in totals["filings"]},
        "next_deadline": min(totals["deadlines"], default=None),
        "results": {place: totals["results"][place] for place in sorted(totals["results"])},
        "offered": dict(sorted(totals["offered"].items())),
        "paid": dict(sorted(totals["paid"].items())),
        "recovery": recovery(totals["paid"], totals["claimed"]),
        "ballots": [ballot(name, cells[f"b:{name}"]) for name in totals["ballots"]],
        "promises": dict(totals["promises"]),
        "growth": [{"day": day, "members": members} for day, members in totals["growth"]],
    }
    return dict(sorted(figures.items()))


def by_problem(claims: Mapping[str, int]) -> list[dict[str, Any]]:
    """Claims by problem, largest first; no group below ten is shown or follows from subtraction.

    Small groups are merged into `other`. A remainder that is still small takes the smallest of the larger groups
    with it; where there is none, nothing is shown (the total of all claims is public besides).
    """
    shown = {problem: n for problem, n in claims.items() if n >= SMALLEST_GROUP and problem != OTHER}
    rest = sum(claims.values()) - sum(shown.values())
    if 0 < rest < SMALLEST_GROUP:
        if not shown:
            return []
        rest += shown.pop(min(shown, key=lambda problem: (shown[problem], problem)))
    ranked = sorted(shown, key=lambda problem: (-shown[problem], problem))
    rows: list[dict[str, Any]] = [{"problem": problem, "claims": shown[problem]} for problem in ranked]
    return rows + ([{"problem": OTHER, "claims": rest}] if rest else [])


def recovery(paid: Mapping[str, str], claimed: Mapping[str, str]) -> str | dict[str, str] | None:
    """Paid of claimed, two decimals, half up: plain where there is one currency; None without claim or payment."""
    shares = {
        currency: str((Decimal(paid[currency]) / Decimal(claimed[currency])).quantize(Decimal("0.01"), ROUND_HALF_UP))
        for currency in sorted(paid.keys() & claimed.keys())
    }
    if not shares:
        return None
    return shares if len(paid.keys() | claimed.keys()) > 1 else next(iter(shares.values()))


def ballot(name: str, cell: Mapping[str, Any]) -> dict[str, Any]:
    """Counts are shown once it is closed."""
    counts = [cell["counts"].get(str(option), 0) for option in range(1, cell["options"] + 1)]
    return {
        "ballot": name,
        "options": cell["options"],
        "until": cell["until"],
        "state": cell["state"],
        "counts": counts if cell["state"] == "closed" else None,
        "votes": sum(counts),
    }
