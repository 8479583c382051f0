"""The campaign, its evidence, filings, promises, ballots and outcome: the counts that follow from casework."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from services.contracts.progress.state import Cells, Leaf, Totals, count

Handler = Callable[[Cells, Totals, Leaf], None]


def drafted(cells: Cells, totals: Totals, leaf: Leaf) -> None:
    data = leaf["data"]
    for name in ("jurisdiction", "timezone", "problem", "provider_kind", "demand_kinds"):
        totals[name] = data[name]
    totals["state"] = "draft"


def published(cells: Cells, totals: Totals, leaf: Leaf) -> None:
    totals["state"] = "open"
    _demand(totals, leaf["data"]["demand_version"])


def demands_revised(cells: Cells, totals: Totals, leaf: Leaf) -> None:
    _demand(totals, leaf["data"]["demand_version"])
    totals["demand_kinds"] = leaf["data"]["demand_kinds"]


def _demand(totals: Totals, version: int) -> None:
    totals["demand_version"] = version
    totals["backing"].setdefault(str(version), 0)


def state(name: str) -> Handler:
    def reached(cells: Cells, totals: Totals, leaf: Leaf) -> None:
        totals["state"] = name

    return reached


def escalation_decided(cells: Cells, totals: Totals, leaf: Leaf) -> None:
    totals["step"] = leaf["data"]["step"]


def outcome_recorded(cells: Cells, totals: Totals, leaf: Leaf) -> None:
    for name in ("results", "offered", "paid"):
        totals[name] = dict(leaf["data"][name])


def evidence_submitted(cells: Cells, totals: Totals, leaf: Leaf) -> None:
    totals["evidence_submitted"] += 1
    cells[f"e:{leaf['stream']}"] = "submitted"


def evidence_reviewed(cells: Cells, totals: Totals, leaf: Leaf) -> None:
    _evidence(cells, totals, leaf, leaf["data"]["verdict"])


def evidence_withdrawn(cells: Cells, totals: Totals, leaf: Leaf) -> None:
    _evidence(cells, totals, leaf, "withdrawn")


def _evidence(cells: Cells, totals: Totals, leaf: Leaf, verdict: str) -> None:
    key = f"e:{leaf['stream']}"
    totals["evidence_accepted"] += (verdict == "accepted") - (cells.get(key) == "accepted")
    cells[key] = verdict


def filing(name: str | None) -> Handler:
    """To a state (None: it keeps the one it has), with the deadline that the event names, if any."""

    def moved(cells: Cells, totals: Totals, leaf: Leaf) -> None:
        key = f"f:{leaf['stream']}"
        now: dict[str, Any] = cells.get(key, {})
        _count_filing(totals, now, -1)
        now["state"] = name or now.get("state", "open")
        now["deadline"] = leaf["data"].get("deadline", now.get("deadline"))
        _count_filing(totals, now, 1)
        cells[key] = now
        if leaf["type"] == "filing.submitted" and "subject" not in leaf:
            totals["step"] = leaf["data"]["step"]

    return moved


def _count_filing(totals: Totals, now: dict[str, Any], change: int) -> None:
    if not now:
        return
    count(totals["filings"], now["state"], change)
    if now["state"] == "open" and now["deadline"] is not None:
        count(totals["deadlines"], now["deadline"], change)


def promise_recorded(cells: Cells, totals: Totals, leaf: Leaf) -> None:
    totals["promises"]["open"] += 1


def promise(end: str) -> Handler:
    def settled(cells: Cells, totals: Totals, leaf: Leaf) -> None:
        totals["promises"]["open"] -= 1
        totals["promises"][end] += 1

    return settled


def ballot_opened(cells: Cells, totals: Totals, leaf: Leaf) -> None:
    options, until = leaf["data"]["options"], leaf["data"]["until"]
    cells[f"b:{leaf['stream']}"] = {"options": options, "until": until, "state": "open", "counts": {}}
    totals["ballots"].append(leaf["stream"])


def ballot_closed(cells: Cells, totals: Totals, leaf: Leaf) -> None:
    key = f"b:{leaf['stream']}"
    if (ballot := cells.get(key)) is not None:
        cells[key] = {**ballot, "state": "closed"}


def vote_cast(cells: Cells, totals: Totals, leaf: Leaf) -> None:
    """A vote that the log orders after the close is no vote."""
    key = f"b:{leaf['data']['ballot']}"
    ballot = cells.get(key)
    if ballot is not None and ballot["state"] == "open":
        count(ballot["counts"], str(leaf["data"]["option"]), 1)
        cells[key] = ballot


CASEWORK: Final[dict[str, Handler]] = {
    "campaign.drafted": drafted,
    "campaign.published": published,
    "campaign.demands_revised": demands_revised,
    "campaign.suspended": state("suspended"),
    "campaign.resumed": state("open"),
    "campaign.resolved": state("resolved"),
    "campaign.closed": state("closed"),
    "campaign.escalation_decided": escalation_decided,
    "campaign.outcome_recorded": outcome_recorded,
    "evidence.submitted": evidence_submitted,
    "evidence.reviewed": evidence_reviewed,
    "evidence.withdrawn": evidence_withdrawn,
    "filing.prepared": filing("prepared"),
    "filing.submitted": filing("open"),
    "filing.receipt_recorded": filing(None),
    "filing.response_recorded": filing("answered"),
    "filing.deadline_extended": filing(None),
    "filing.deadline_lapsed": filing("lapsed"),
    "filing.closed": filing("closed"),
    "contact.promise_recorded": promise_recorded,
    "contact.promise_kept": promise("kept"),
    "contact.promise_broken": promise("broken"),
    "ballot.opened": ballot_opened,
    "ballot.closed": ballot_closed,
    "vote.cast": vote_cast,
}


def apply(cells: Cells, totals: Totals, leaf: Leaf) -> None:
    handler = CASEWORK.get(leaf["type"])
    if handler is not None:
        handler(cells, totals, leaf)
