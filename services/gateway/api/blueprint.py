"""The API as a blueprint: all rows under `/api/v1`, their document, what refusals mean; and a page of it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
from flask import Blueprint, Response, render_template

from services.gateway.api.endpoint import Endpoint, mount
from services.gateway.api.openapi import document
from services.gateway.api.reference import sections
from services.gateway.api.routes import accounts, campaigns, casework, evidence, joining, members
from services.gateway.app_errors import problem_page
from services.gateway.feeds.endpoints import ENDPOINTS as PUBLIC

PREFIX = "/api/v1"


@lru_cache(maxsize=1)
def all_endpoints() -> tuple[Endpoint, ...]:
    return (
        *accounts.ENDPOINTS,
        *campaigns.ENDPOINTS,
        *joining.ENDPOINTS,
        *members.ENDPOINTS,
        *evidence.ENDPOINTS,
        *casework.ENDPOINTS,
        *PUBLIC,
    )


@lru_cache(maxsize=1)
def openapi_bytes() -> bytes:
    return orjson.dumps(document(all_endpoints(), PREFIX), option=orjson.OPT_INDENT_2)


def create_api() -> Blueprint:
    blueprint = Blueprint("api", __name__, url_prefix=PREFIX)
    mount(blueprint, all_endpoints())
    answers = joining.JoinAnswers()
    blueprint.record_once(lambda state: state.app.extensions.update({joining.ANSWERS: answers}))
    blueprint.add_url_rule("/openapi.json", view_func=_openapi)
    blueprint.add_url_rule("/problems/<code>", view_func=_problem)
    return blueprint


def create_reference() -> Blueprint:
    """The API's document as a page, in the layout of the pages."""
    blueprint = Blueprint("reference", __name__, template_folder="templates")
    blueprint.add_url_rule("/api/docs", view_func=_docs)
    return blueprint


def _openapi() -> Response:
    response = Response(openapi_bytes(), mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _docs() -> str:
    told: dict[str, Any] = orjson.loads(openapi_bytes())
    return render_template("api_reference.html", sections=sections(told))


def _problem(code: str) -> dict[str, Any]:
    return problem_page(code)
