"""What a person finds of their own: the campaigns they are in, and their record in one of them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from flask import Blueprint, render_template
from werkzeug.wrappers import Response as AnyResponse

from services.contracts.codes import Refused
from services.gateway.accounts.current import current_person, services
from services.gateway.web import known
from services.gateway.web.going import sign_in_first

Json = dict[str, Any]
ENDED: Final = ("resolved", "closed")


def mount(web: Blueprint) -> None:
    web.add_url_rule("/me", "my_campaigns", my_campaigns)
    web.add_url_rule("/c/<uuid:campaign>/me", "record", record)


def my_campaigns() -> AnyResponse | str:
    if current_person() is None:
        return sign_in_first()
    return render_template("my_campaigns.html", mine=known.ask("my-campaigns"))


def record(campaign: UUID) -> AnyResponse | str:
    if current_person() is None:
        return sign_in_first()
    page = known.campaign_facts(campaign, "public")
    try:
        own = known.ask("my-record", campaign=campaign)
    except Refused as refused:
        if refused.code not in ("not-a-member", "not-found"):
            raise
        return render_template("not_member.html", id=campaign, page=page)
    settled = _settled(campaign, page)
    return render_template(
        "record.html",
        id=campaign,
        page=page,
        own=own,
        tasks=tasks(page, own, settled),
        settled=settled,
        zone=known.zone_of(page),
        own_filings=[one for one in own["filings"] if one["by"] == "own"],
        shared_filings=[one for one in own["filings"] if one["by"] != "own"],
        link=f"{services().settings.base_url.rstrip('/')}/c/{campaign}",
    )


def _settled(campaign: UUID, page: Json) -> bool:
    """There is something to rate: the campaign ended, or its outcome stands."""
    public = services().progress.find(str(campaign))
    return page["state"] in ENDED or bool(public and public.document.get("results"))


def tasks(page: Json, own: Json, settled: bool) -> list[Json]:
    """What there is to do, the most pressing first; what is done stays in sight."""
    rating = [_task("rating", "me-rating", own["rating"] is not None)] if settled else []
    if page["state"] in ENDED:
        return rating
    asked = [one for one in own["materials"] if not one["given"]]
    votes = [one for one in own["ballots"] if one["state"] == "open" and not one["voted"]]
    consented = own["demand_version"] == own["current_demand_version"]
    told: list[Json] = []
    if own["urgent"]:
        told.append(_task("safety", "me-safety", bool(own["safety"])))
    told += [
        _task("material", "me-material", False, filing=one["filing"], request=one["request"], until=one["until"])
        for one in asked
    ]
    told += rating
    told += [_task("vote", "me-vote", False, ballot=one["ballot"], what=one["question"]) for one in votes]
    if not consented:
        told.append(_task("consent", "me-consent", False))
    told.append(_task("claim", "me-claim", own["claim"] is not None))
    told.append(_task("evidence", "me-evidence", all(item["satisfied"] for item in own["checklist"])))
    if consented:
        told.append(_task("consent", "me-consent", True))
    return told


def _task(name: str, endpoint: str, done: bool, **more: Any) -> Json:
    ids = {key: value for key, value in more.items() if key in ("filing", "request", "ballot")}
    return {"name": name, "endpoint": f"web.{endpoint}", "done": done, "ids": ids, "more": more}
