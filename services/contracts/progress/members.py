"""Members, what they stand behind, claim and rate: the counts that follow from the events about one member."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from services.contracts.progress.state import Cells, Leaf, Totals, count, local_day

Member = dict[str, Any]


def joined(totals: Totals, member: Member, leaf: Leaf) -> None:
    _move(totals, member, "pending")


def confirmed(totals: Totals, member: Member, leaf: Leaf) -> None:
    if member.get("state") == "pending":
        member["version"] = str(leaf["data"]["demand_version"])
        _move(totals, member, "confirmed")


def claim_stated(totals: Totals, member: Member, leaf: Leaf) -> None:
    """Stating again replaces. A private amount is not in the leaf, so in no sum."""
    data = leaf["data"]
    shown = member.get("state") == "confirmed"
    if shown:
        _count_claim(totals, member, -1)
    member["claim"] = [data["problem"], data.get("amount", "0"), data.get("currency")]
    if shown:
        _count_claim(totals, member, 1)


def consent_given(totals: Totals, member: Member, leaf: Leaf) -> None:
    """A confirmed member stands behind one version of the demands: the last one consented to."""
    version = leaf["data"].get("demand_version")
    if version is None or member.get("state") != "confirmed":
        return
    _back(totals, member, -1)
    member["version"] = str(version)
    _back(totals, member, 1)


def outcome_rated(totals: Totals, member: Member, leaf: Leaf) -> None:
    _count_rating(totals, member, -1)
    member["satisfied"] = leaf["data"]["satisfied"]
    _count_rating(totals, member, 1)


def withdrew(totals: Totals, member: Member, leaf: Leaf) -> None:
    """The claim leaves the sums; a rating of the outcome stands."""
    if member.get("state") in ("pending", "confirmed"):
        _move(totals, member, "withdrawn")


def invalidated(totals: Totals, member: Member, leaf: Leaf) -> None:
    """No person of this campaign, or one counted twice: whatever they added is taken out."""
    if member.get("state") in ("pending", "confirmed"):
        _count_rating(totals, member, -1)
        member["before"] = member["state"]
        _move(totals, member, "invalidated")


def reinstated(totals: Totals, member: Member, leaf: Leaf) -> None:
    if member.get("state") == "invalidated":
        _move(totals, member, member.pop("before"))
        _count_rating(totals, member, 1)


Handler = Callable[[Totals, Member, Leaf], None]
MEMBERSHIP: Final[dict[str, Handler]] = {
    "membership.joined": joined,
    "membership.confirmed": confirmed,
    "membership.claim_stated": claim_stated,
    "membership.consent_given": consent_given,
    "membership.outcome_rated": outcome_rated,
    "membership.withdrew": withdrew,
    "membership.invalidated": invalidated,
    "membership.reinstated": reinstated,
}
"""Erasure is missing on purpose: it changes no number."""


def cell(leaf: Leaf) -> str:
    return f"m:{leaf['stream']}"


def apply(cells: Cells, totals: Totals, leaf: Leaf) -> bool:
    handler = MEMBERSHIP.get(leaf["type"])
    if handler is None:
        return False
    key = cell(leaf)
    member = cells.get(key, {})
    before = totals["confirmed"]
    handler(totals, member, leaf)
    cells[key] = member
    if totals["confirmed"] != before:
        _grow(totals, leaf["time"])
    return True


def _move(totals: Totals, member: Member, state: str) -> None:
    old = member.get("state")
    if old == "confirmed":
        _back(totals, member, -1)
        _count_claim(totals, member, -1)
    if old is not None:
        totals[old] -= 1
    totals[state] += 1
    member["state"] = state
    if state == "confirmed":
        _back(totals, member, 1)
        _count_claim(totals, member, 1)


def _back(totals: Totals, member: Member, change: int) -> None:
    backing, version = totals["backing"], member["version"]
    backing[version] = backing.get(version, 0) + change


def _count_claim(totals: Totals, member: Member, change: int) -> None:
    if "claim" not in member:
        return
    problem, amount, currency = member["claim"]
    totals["claims"] += change
    count(totals["problems"], problem, change)
    if currency is None:
        return
    claimed = totals["claimed"]
    total = Decimal(claimed.get(currency, "0")) + change * Decimal(amount)
    if total:
        claimed[currency] = f"{total:f}"
    else:
        claimed.pop(currency, None)


def _count_rating(totals: Totals, member: Member, change: int) -> None:
    if "satisfied" in member:
        totals["satisfied" if member["satisfied"] else "unsatisfied"] += change


def _grow(totals: Totals, time: str) -> None:
    """Members' times are cut to the hour, so a day may seem to come after the next one: it counts as that one."""
    day, growth = local_day(time, totals["timezone"]), totals["growth"]
    if growth and day <= growth[-1][0]:
        growth[-1][1] = totals["confirmed"]
    else:
        growth.append([day, totals["confirmed"]])
