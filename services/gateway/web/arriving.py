"""Joining: urgent steps first, then the form, the mail, and the button that confirms."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from services.contracts.codes import Refused
from services.contracts.commands_v1 import Caller, ConfirmMembership, JoinCampaign, Request
from services.gateway.accounts.current import current_locale, current_person, remember, services
from services.gateway.api.reading import load
from services.gateway.api.schemas import Join
from services.gateway.web import faults, known, tokens
from services.gateway.web.going import remember_way
from services.gateway.web.inputs import Input, Typed, typed_from
from services.kit.failures import TemporaryFailure
from services.kit.problems import Problem

INPUTS = (
    Input("name", autocomplete="nickname"),
    Input("email", "email", autocomplete="email"),
    Input("consent", "tick"),
)
ENDED = ("resolved", "closed", "suspended", "draft")


def mount(web: Blueprint) -> None:
    web.add_url_rule("/c/<uuid:campaign>/join", "join", join, methods=["GET", "POST"])
    web.add_url_rule("/c/<uuid:campaign>/join/sent", "joined", joined)
    web.add_url_rule("/confirm/<token>", "confirm_link", confirm_link)
    web.add_url_rule("/confirm", "confirm", confirm, methods=["GET", "POST"])


def join(campaign: UUID) -> AnyResponse | str | tuple[str, int]:
    page = known.campaign_facts(campaign, "public")
    if request.method == "GET":
        return _show(campaign, page, typed_from({}, known.zone_of(page)))
    wrong = _take(campaign, page)
    if wrong:
        return _show(campaign, page, request.form, wrong), 422
    return redirect(url_for("web.joined", campaign=campaign), 303)


def _take(campaign: UUID, page: known.Json) -> list[faults.FormFault]:
    zone = known.zone_of(page)
    read = {asked.name: asked.read(request.form, zone) for asked in INPUTS}
    body = {name: value for name, value in read.items() if value is not None} | {"locale": current_locale()}
    try:
        told = load(Join(), body)
        told.pop("consent")
        services().campaign.execute(Request(JoinCampaign(campaign=campaign, **told), Caller()))
    except Problem as problem:
        return faults.ordered(faults.of_problem(problem, INPUTS), INPUTS)
    except Refused as refused:
        return [faults.of_refusal(refused, INPUTS)]
    except TemporaryFailure:
        return [faults.FormFault(faults.FORM, faults.describe_detail("too-busy", {}))]
    return []


def _show(campaign: UUID, page: known.Json, typed: Typed, wrong: list[faults.FormFault] | None = None) -> str:
    shut = page["state"] in ENDED
    return render_template(
        "join.html", id=campaign, page=page, inputs=INPUTS, typed=typed, faults=wrong or [], shut=shut
    )


def joined(campaign: UUID) -> str:
    """The same for a new address and a known one."""
    return render_template("joined.html", id=campaign, page=known.campaign_facts(campaign, "public"))


def confirm_link(token: str) -> AnyResponse:
    return tokens.put_aside("confirm", token, "web.confirm")


def confirm() -> AnyResponse | str | tuple[str, int]:
    token = tokens.kept("confirm")
    if request.method == "GET" or token is None:
        page = render_template("token.html", purpose="confirm", usable=token is not None, needs_code=False, faults=[])
        return page if token is not None else (page, 410)
    try:
        told = services().campaign.execute(Request(ConfirmMembership(token), Caller()))
    except Refused as refused:
        if refused.code != "token-invalid":
            raise
        page = render_template("token.html", purpose="confirm", usable=False, needs_code=False, faults=[])
        return page, 410
    return tokens.spent(_confirmed(told), "confirm")


def _confirmed(told: known.Json) -> AnyResponse:
    """The first time it signs in; again it changes nothing, and one signs in as always."""
    record = url_for("web.record", campaign=told["campaign"])
    if told["first"] and told.get("email"):
        response = redirect(record, 303)
        remember(response, services().accounts.sessions.open(told["person"], told["email"], told["locale"]))  # type: ignore[arg-type]
        flash("confirmed-first", "done")
        return response
    flash("confirmed-again", "done")
    if current_person() is None:
        remember_way(record)
        return redirect(url_for("web.sign_in"), 303)
    return redirect(record, 303)
