"""Every failure as a problem document (or a page): refusals, what Flask raises, and what nobody expected."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from services.contracts.codes import CODES, Refused
from services.gateway.accounts.current import current_locale, services
from services.kit.failures import TemporaryFailure
from services.kit.logs import logger
from services.kit.problems import MEDIA_TYPE, FieldError, Problem, type_of
from services.kit.strict_json import BadJson
from services.kit.texts import Texts

ErrorPage = Callable[[Problem], Response]
_BY_STATUS: Final = {404: "not-found", 405: "method-not-allowed", 413: "body-too-large", 415: "media-type-unsupported"}
_QUIET_FACTS: Final = frozenset({"email", "value"})


def show_problems(app: Flask, page: ErrorPage | None) -> None:
    """`page` shows a problem to people; the API, feeds and health speak JSON."""

    def answer(problem: Problem) -> Response:
        if page is not None and not _speaks_json():
            response = page(problem)
            response.status_code = problem.status
        else:
            response = problem_response(problem)
        if problem.retry_after is not None:
            response.headers["Retry-After"] = str(max(1, math.ceil(problem.retry_after)))
        return response

    def http(error: HTTPException) -> Response:
        if error.response is not None and isinstance(error.response, Response):
            return error.response
        if error.code is not None and error.code in (301, 302, 307, 308):
            return Response(error.get_body(), error.code, error.get_headers())
        response = answer(_of_http(error))
        allowed = getattr(error, "valid_methods", None)
        if allowed:
            response.headers["Allow"] = ", ".join(sorted(allowed))
        return response

    def unexpected(error: Exception) -> Response:
        if _of_the_connection(error):
            return answer(Problem("invalid", 400))
        logger(__name__).error("request failed", route=_route(), exc_info=error)
        return answer(Problem("internal", 500))

    app.register_error_handler(Problem, answer)
    app.register_error_handler(Refused, lambda refused: answer(of_refusal(refused)))
    app.register_error_handler(
        TemporaryFailure, lambda failure: answer(Problem("too-busy", 503, retry_after=failure.retry_after or 1))
    )
    app.register_error_handler(BadJson, lambda bad: answer(Problem("bad-json", 400, {"reason": bad.code})))
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(Exception, unexpected)


def of_refusal(refused: Refused) -> Problem:
    """A refusal of campaign, with its facts except for what a person typed."""
    facts = {name: value for name, value in refused.facts.items() if name not in _QUIET_FACTS}
    field = facts.get("field")
    errors = (FieldError(f"/{field}", refused.code, facts),) if isinstance(field, str) else ()
    return Problem(refused.code, CODES.get(refused.code, 422), facts, errors)


def problem_response(problem: Problem) -> Response:
    texts, locale = services().texts, current_locale()
    document = problem.document(lambda *told: describe(texts, *told), locale, request.path)
    response = Response(orjson.dumps(document), problem.status, mimetype=MEDIA_TYPE)
    response.headers["Content-Language"] = locale
    if problem.status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="chorus"'
    return response


def describe(texts: Texts, code: str, facts: Mapping[str, Any], locale: str) -> tuple[str, str]:
    """Title (what happened) and detail (what to do next) of a code; a code without words is told as such."""
    known = code if f"problem-{code}-title" in texts.keys(locale) else "unknown-refusal"
    told = {name: value for name, value in facts.items() if isinstance(value, str | int | float)}
    return texts.get(locale, f"problem-{known}-title"), texts.get(locale, f"problem-{known}-detail", **told)


def problem_page(code: str) -> dict[str, Any]:
    """What `/problems/<code>` tells: for people who follow the `type` of a problem."""
    if code not in CODES:
        raise Problem("not-found", 404)
    title, detail = describe(services().texts, code, {}, current_locale())
    return {"type": type_of(code), "code": code, "status": CODES[code], "title": title, "detail": detail}


def _of_the_connection(error: Exception) -> bool:
    """The server's own word that a body broke off or was not what its headers said."""
    return type(error).__module__ == "gunicorn.http.errors"


def _of_http(error: HTTPException) -> Problem:
    status = error.code or 500
    code = _BY_STATUS.get(status)
    if code is None:
        code, status = ("internal", 500) if status >= 500 else ("invalid", status)
    return Problem(code, status)


def _speaks_json() -> bool:
    if request.path.startswith(("/api/", "/health/", "/metrics", "/_")):
        return request.path != "/api/docs"
    accepted = request.accept_mimetypes
    return accepted.best_match(["text/html", "application/json", MEDIA_TYPE], default="text/html") != "text/html"


def _route() -> str:
    return request.url_rule.rule if request.url_rule is not None else "(none)"
