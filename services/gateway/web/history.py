"""The public history, replayed to any moment: what happened, what the numbers were then, and how to check it all."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request
from marshmallow import Schema

from services.contracts.codes import Refused
from services.gateway.api.queries import Replay
from services.gateway.api.reading import load
from services.gateway.web import faults, known
from services.gateway.web.inputs import Input
from services.kit.problems import Problem

INPUTS = (Input("size", needed=False), Input("time", "moment", needed=False))
_A_PAGE = 50


def mount(web: Blueprint) -> None:
    web.add_url_rule("/c/<uuid:campaign>/history", "history", history)


def history(campaign: UUID) -> str | tuple[str, int]:
    page = known.campaign_facts(campaign, "public")
    zone = known.zone_of(page)
    asked = {name: request.args[name] for name in ("size", "after") if request.args.get(name, "").strip()}
    at = INPUTS[1].read(request.args, zone)
    wrong: list[faults.FormFault] = []
    told = None
    try:
        args = load(_schema(), asked | ({"time": at} if at else {}))
        told = known.ask("replay", campaign=campaign, **{**args, "limit": _A_PAGE})
    except Problem as problem:
        wrong = faults.of_problem(problem, INPUTS)
    except Refused as refused:
        if refused.code == "not-found":
            raise
        wrong = [faults.of_refusal(refused, INPUTS)]
    shown = render_template(
        "history.html", id=campaign, page=page, zone=zone, told=told, faults=wrong, inputs=INPUTS, typed=request.args
    )
    return (shown, 422) if wrong else shown


def _schema() -> Schema:
    return Replay(exclude=("limit", "lang"))
