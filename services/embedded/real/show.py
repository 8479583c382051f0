"""The table at the end of a play of real complaints: what was counted, what was left out and why, what to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from services.embedded.player.show import LATER, pages
from services.embedded.real.plan import Plan
from services.embedded.real.play import Played


def closing(console: Console, played: Sequence[Played], plan: Plan, keep: Path | None) -> None:
    table = Table(title="\nCampaigns by company", title_justify="left", show_footer=True)
    members = sum(p.progress["members_confirmed"] for p in played)
    claims = sum(p.progress["claims"] for p in played)
    table.add_column("company", footer="all", overflow="fold")
    table.add_column("members", footer=str(members), justify="right")
    table.add_column("claims", footer=str(claims), justify="right")
    table.add_column("unclassified", footer=str(sum(p.unclassified for p in played)), justify="right")
    table.add_column("claimed", justify="right")
    table.add_column("evidence", footer=str(sum(p.evidence for p in played)), justify="right")
    table.add_column("problems", overflow="fold")
    for one in played:
        table.add_row(
            one.company.name,
            str(one.progress["members_confirmed"]),
            str(one.progress["claims"]),
            str(one.unclassified),
            ", ".join(f"{amount} {currency}" for currency, amount in one.progress["claimed"].items()) or "no sum",
            str(one.evidence),
            ", ".join(f"{problem} {count}" for problem, count in one.problems.most_common()),
        )
    console.print(table)
    _what_companies_answered(console, played)
    _left_out(console, played, plan)
    paths = [f"/c/{one.campaign}" for one in played[:3]]
    console.print(pages([*paths, "/campaigns", "/_mailbox"], LATER, keep, running=False))


def _what_companies_answered(console: Console, played: Sequence[Played]) -> None:
    """As published; it is told, not played."""
    responses: dict[str, int] = {}
    for one in played:
        for complaint in one.company.complaints:
            responses[complaint.response or "not told"] = responses.get(complaint.response or "not told", 0) + 1
    told = ", ".join(f"{response}: {count}" for response, count in sorted(responses.items(), key=lambda r: -r[1]))
    console.print(f"company's response, as published: {told}")


def _left_out(console: Console, played: Sequence[Played], plan: Plan) -> None:
    rows = sum(count for _, count in plan.left_out)
    console.print(
        f"left out: {rows} complaints of {len(plan.left_out)} companies that have fewer than {plan.fewest_rows}"
        " or none that a rule fits"
    )
    unclassified = sum(one.unclassified for one in played)
    console.print(f"unclassified: {unclassified} people joined without a claim, for no rule fits what they wrote")
    for one in played:
        for what, count in one.refused.items():
            console.print(f"refused: {one.company.name}: {what}: {count}")
