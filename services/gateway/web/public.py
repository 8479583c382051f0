"""Pages for everybody: the front page, the search, a campaign, playbooks, urgent steps."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import segno
from flask import Blueprint, Response, render_template, request

from services.gateway.accounts.current import current_locale, services
from services.gateway.api.queries import Search
from services.gateway.api.reading import load
from services.gateway.charts.growth import growth_chart
from services.gateway.charts.outcome import outcome_bars
from services.gateway.readmodels.progress_copy import BadCursor, Public
from services.gateway.web import known
from services.gateway.web.problems import explained
from services.kit.problems import Problem

_NOTHING: dict[str, Any] = {
    "members_confirmed": 0, "claims": 0, "claimed": {}, "evidence_accepted": 0, "filings": {}, "step": None,
    "next_deadline": None, "backing": {}, "results": {}, "offered": {}, "paid": {}, "growth": [], "recovery": None,
    "size": 0, "time": None, "feed": 0, "ballots": [], "satisfied": 0, "unsatisfied": 0,
}  # fmt: skip
_ENTRIES = 30


def mount(web: Blueprint) -> None:
    web.add_url_rule("/", "home", home)
    web.add_url_rule("/campaigns", "campaigns", campaigns)
    web.add_url_rule("/c/<uuid:campaign>", "campaign", campaign_page)
    web.add_url_rule("/c/<uuid:campaign>/qr.svg", "qr", qr)
    web.add_url_rule("/c/<uuid:campaign>/growth.svg", "growth", growth)
    web.add_url_rule("/playbooks/<jurisdiction>", "playbook", playbook)
    web.add_url_rule("/urgent", "urgent", urgent)
    web.add_url_rule("/problems/<code>", "problem", explained)


def home() -> str:
    found, _ = services().progress.search(limit=5)
    return render_template("home.html", found=found, casework=known.casework().told)


def campaigns() -> str:
    """Who else has this?"""
    try:
        told = load(Search(), {name: value for name, value in request.args.items() if value.strip()})
        told.pop("lang", None)
        found, following = services().progress.search(**told)
    except (Problem, BadCursor):
        found, following = [], None
    return render_template("campaigns.html", found=found, following=following, casework=known.casework().told)


def campaign_page(campaign: UUID) -> str:
    page = _public(str(campaign))
    document = page.document
    entries = services().progress.latest_entries(str(campaign), _ENTRIES)
    locale = current_locale()
    return render_template(
        "campaign.html",
        id=campaign,
        document=document,
        words=page.words,
        told=[services().teller.tell(entry, locale) for entry in entries],
        ladder=_ladder(document),
        growth=growth_chart(document["growth"]),
        outcome=outcome_bars(document["claimed"], document["offered"], document["paid"]),
        link=f"{services().settings.base_url.rstrip('/')}/c/{campaign}",
        experiences=_experiences(campaign) if document["state"] in ("resolved", "closed") else [],
    )


def qr(campaign: UUID) -> Response:
    """The campaign's join link, for posters and screens."""
    picture = io.BytesIO()
    segno.make(f"{services().settings.base_url.rstrip('/')}/c/{campaign}", error="m").save(
        picture, kind="svg", scale=6, border=3, dark="#1d1a16", light="#ffffff"
    )
    return _picture(picture.getvalue(), 3600)


def growth(campaign: UUID) -> Response:
    """The growth as a picture of its own, for other people's pages."""
    drawing = growth_chart(_public(str(campaign)).document["growth"])
    if drawing is None:
        raise Problem("not-found", 404)
    return _picture(render_template("growth.svg", drawing=drawing).encode(), 60)


def _picture(svg: bytes, seconds: int) -> Response:
    response = Response(svg, mimetype="image/svg+xml")
    response.headers["Cache-Control"] = f"public, max-age={seconds}"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def playbook(jurisdiction: str) -> str:
    book = known.ask("playbook", jurisdiction=jurisdiction)
    cited = set(_cited([book[part] for part in ("steps", "facts", "hotlines")]))
    sources = {name: source for name, source in book["sources"].items() if name in cited}
    return render_template("playbook.html", book=book, sources=sources, casework=known.casework().told)


def _cited(told: Any) -> Iterator[str]:
    """Names of the sources that anything in here rests on."""
    if isinstance(told, list):
        for one in told:
            yield from _cited(one)
    elif isinstance(told, dict):
        yield from told.get("sources") or ()
        for value in told.values():
            yield from _cited(value)


def urgent() -> str:
    told = [problem for problem in known.casework().told["problems"] if problem["urgent"]]
    first = ("account_stolen", "account_frozen")
    told.sort(key=lambda problem: (problem["id"] not in first, problem["id"] != "account_stolen"))
    return render_template("urgent.html", problems=told)


def _public(campaign: str) -> Public:
    """From the copy of public progress; a moment after publishing, from campaign itself."""
    found = services().progress.find(campaign)
    if found is not None:
        return found
    told = known.ask("join-page", campaign=campaign)
    document = _NOTHING | {name: told[name] for name in ("campaign", "state", "jurisdiction", "timezone", "problem",
                                                         "demand_version")}  # fmt: skip
    words = {"title": told["title"], "summary": told["summary"], "provider_name": told["provider"]["name"],
             "demands": told["demands"]}  # fmt: skip
    return Public(document, words, 0, None)


def _ladder(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The route of this problem with the place where the campaign is."""
    routes = known.casework().problem(document["problem"]).get("route", {})
    route = routes.get(document["jurisdiction"], [])
    here = route.index(document["step"]) if document["step"] in route else -1
    return [
        {
            "step": step,
            "name": known.step_name(document["jurisdiction"], step),
            "state": "here" if place == here else "past" if place < here else "ahead",
        }
        for place, step in enumerate(route)
    ]


def _experiences(campaign: UUID) -> Any:
    return known.ask("experiences", campaign=campaign)
