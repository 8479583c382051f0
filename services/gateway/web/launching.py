"""Starting a campaign: which problem, the words and demands, a look at the whole, and it stands as a draft."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from services.contracts.codes import Refused
from services.contracts.commands_v1 import LaunchCampaign, Request
from services.gateway.accounts.current import caller, current_locale, current_person, services
from services.gateway.api import schemas as s
from services.gateway.api.reading import load
from services.gateway.web import faults, known
from services.gateway.web.forms import once
from services.gateway.web.going import sign_in_first
from services.gateway.web.inputs import Input, Typed, typed_from
from services.kit.failures import TemporaryFailure
from services.kit.ids import new_id
from services.kit.problems import FieldError, Problem

INPUTS: Final = (
    Input("provider_name", longest=s.NAME),
    Input("provider_kind", "choice", words="provider-kind", values=s.PROVIDER_KINDS),
    Input("jurisdiction", "select"),
    Input("title", longest=s.TITLE),
    Input("summary", "area", longest=s.STORY),
    Input("demands", "demands"),
    Input("organizer_name", autocomplete="name", longest=s.NAME),
    Input("problem", "hidden"),
)
_PROVIDER: Final = {"name": "provider_name", "kind": "provider_kind"}


def mount(web: Blueprint) -> None:
    web.add_url_rule("/launch", "launch", launch, methods=["GET", "POST"])


def launch() -> AnyResponse | str | tuple[str, int]:
    """Without a problem in the link, first the problems; then the form; then check the answers; then it is made."""
    if current_person() is None:
        return sign_in_first()
    told = known.casework()
    if request.method == "GET":
        wanted = told.problem(request.args.get("problem", ""))
        if not wanted:
            return render_template("launch_problem.html", problems=told.told["problems"])
        return _form(typed_from(_begin(wanted), ZoneInfo("UTC")), [])
    body, wrong = _read()
    if wrong or request.form.get("go") == "change":
        return _form(request.form, wrong), 422 if wrong else 200
    if request.form.get("go") != "make":
        return render_template("launch_check.html", typed=request.form, body=body, once=new_id())
    return _make(body)


def _begin(problem: dict[str, Any]) -> dict[str, Any]:
    """The problem's usual demands stand there already, to be kept, changed or emptied."""
    texts, locale = services().texts, current_locale()
    demands = [{"kind": kind, "text": texts.get(locale, f"typical-{kind}")} for kind in problem["demands"]]
    return {"problem": problem["id"], "jurisdiction": "cn", "demands": demands, "provider_kind": "payment-institution"}


def _read() -> tuple[dict[str, Any], list[faults.FormFault]]:
    zone = ZoneInfo("UTC")
    read = {asked.name: asked.read(request.form, zone) for asked in INPUTS}
    provider = {"name": read.pop("provider_name"), "kind": read.pop("provider_kind")}
    read["provider"] = {name: value for name, value in provider.items() if value is not None}
    body = {name: value for name, value in read.items() if value is not None} | {"locale": current_locale()}
    try:
        return load(s.Launch(), body), []
    except Problem as problem:
        return {}, faults.ordered(faults.of_problem(_flat(problem), INPUTS), INPUTS)


def _flat(problem: Problem) -> Problem:
    """What concerns the provider stands at its own two questions."""
    errors = [
        FieldError(f"/{_PROVIDER.get(error.pointer.split('/')[-1], error.pointer)}", error.code, error.facts)
        if error.pointer.startswith("/provider/")
        else error
        for error in problem.errors
    ]
    return Problem(problem.code, problem.status, problem.facts, errors)


def _make(body: dict[str, Any]) -> AnyResponse | tuple[str, int]:
    person = current_person()
    assert person is not None
    provider = body.pop("provider")
    zone = body.pop("timezone", None) or known.casework().jurisdiction(body["jurisdiction"]).get("timezone", "UTC")
    command = LaunchCampaign(
        **body,
        timezone=zone,
        provider_name=provider["name"],
        provider_kind=provider["kind"],
        organizer_email=person.email,
    )
    try:
        made = services().campaign.execute(Request(command, caller(), once()))
    except Refused as refused:
        return _form(request.form, [faults.of_refusal(refused, INPUTS)]), 422
    except TemporaryFailure:
        return _form(request.form, [faults.FormFault(faults.FORM, faults.describe_detail("too-busy", {}))]), 503
    flash("launched", "done")
    return redirect(url_for("web.console", campaign=made["campaign"]), 303)


def _form(typed: Typed, wrong: list[faults.FormFault]) -> str:
    told = known.casework()
    return render_template(
        "launch.html",
        inputs=INPUTS,
        typed=typed,
        faults=wrong,
        problem=told.problem(typed.get("problem", "")),
        choices={"jurisdiction": [(one["id"], known.in_words(one["name"])) for one in told.told["jurisdictions"]]},
    )
