"""The organizer's console: what to do next, and a page for each kind of thing; auditors read it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from services.contracts.codes import Refused
from services.contracts.commands_v1 import AcceptOrganizer, Request
from services.gateway.accounts.current import caller, current_person, services
from services.gateway.api.queries import EvidencePage
from services.gateway.api.reading import load
from services.gateway.api.schemas import OrganizerAcceptance
from services.gateway.web import faults, known
from services.gateway.web.going import sign_in_first
from services.gateway.web.inputs import Input
from services.kit.problems import Problem

PAGES: Final = ("members", "evidence", "contacts", "filings", "ballots", "people")
NAME: Final = (Input("name", autocomplete="name"),)
_A_PAGE: Final = 50


def mount(web: Blueprint) -> None:
    web.add_url_rule("/c/<uuid:campaign>/console", "console", console)
    web.add_url_rule(f"/c/<uuid:campaign>/console/<any({','.join(PAGES)}):page>", "console_page", console_page)
    web.add_url_rule("/c/<uuid:campaign>/accept", "accept", accept, methods=["GET", "POST"])


def console(campaign: UUID) -> AnyResponse | str:
    if current_person() is None:
        return sign_in_first()
    try:
        facts = known.campaign_facts(campaign, "console")
    except Refused:
        if _invited(campaign):
            return redirect(url_for("web.accept", campaign=campaign), 303)
        raise
    return render_template("console.html", id=campaign, facts=facts, page="", tasks=tasks(facts))


def console_page(campaign: UUID, page: str) -> AnyResponse | str:
    if current_person() is None:
        return sign_in_first()
    facts = known.campaign_facts(campaign, "console")
    told: Any = None
    if page in ("members", "evidence"):
        args = load(EvidencePage(), {name: value for name, value in request.args.items() if value})
        wanted = {name: args[name] for name in ("after", "state") if name in args}
        told = known.ask(page, campaign=campaign, limit=_A_PAGE, **wanted)
    elif page != "people":
        told = known.ask(page, campaign=campaign)
    return render_template(
        f"console_{page}.html", id=campaign, facts=facts, page=page, told=told, zone=known.zone_of(facts)
    )


def tasks(facts: known.Json) -> list[dict[str, Any]]:
    """What an organizer does next, by the state of the campaign."""
    if facts["role"] != "organizer":
        return []
    if facts["state"] == "draft":
        return [_task("publish")]
    found = []
    if facts["state"] == "open":
        if facts["to_review"]:
            found.append({**_task("review"), "n": facts["to_review"]})
        following = next((step for step in facts["steps"] if step["next"]), None)
        if following is not None:
            endpoint = "file" if "collective" in following["filers"] else "escalate"
            found.append({**_task("step"), "endpoint": f"web.console-{endpoint}", "step": following})
        if facts["counts"]["members"] < 10:
            found.append(_task("invite"))
    return found


def accept(campaign: UUID) -> AnyResponse | str | tuple[str, int]:
    """An invited organizer says by which name they appear to the others."""
    if current_person() is None:
        return sign_in_first()
    title = next((one["title"] for one in known.ask("my-campaigns") if one["campaign"] == str(campaign)), "")
    if request.method == "GET":
        return render_template("accept.html", title=title, inputs=NAME, typed={}, faults=[])
    try:
        typed = request.form.get("name", "").strip()
        told = load(OrganizerAcceptance(), {"name": typed} if typed else {})
        services().campaign.execute(Request(AcceptOrganizer(campaign, told["name"]), caller()))
    except Problem as problem:
        wrong = faults.of_problem(problem, NAME)
        return render_template("accept.html", title=title, inputs=NAME, typed=request.form, faults=wrong), 422
    flash("accepted", "done")
    return redirect(url_for("web.console", campaign=campaign), 303)


def _invited(campaign: UUID) -> bool:
    mine = known.ask("my-campaigns")
    return any(one["campaign"] == str(campaign) and "invited" in one["roles"] for one in mine)


def _task(name: str) -> dict[str, Any]:
    return {"name": name, "endpoint": f"web.console-{name}"}
