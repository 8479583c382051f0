"""A problem as a page: what happened, what to do next, and a way on."""

from __future__ import annotations

from flask import Response, make_response, render_template, request

from services.contracts.codes import CODES
from services.gateway.accounts.current import current_locale, services
from services.gateway.app_errors import describe
from services.kit.problems import Problem


def error_page(problem: Problem) -> Response:
    """For people; the API answers the same as a document. What was too large to read was a file, on our pages."""
    code, form = problem.code, None
    if code == "body-too-large" and request.method == "POST":
        code, form = "file-too-large", request.path
    title, detail = describe(services().texts, code, problem.facts, current_locale())
    page = render_template(
        "problem.html", code=code, status=problem.status, title=title, detail=detail, form=form
    )  # fmt: skip
    return make_response(page, problem.status)


def explained(code: str) -> str:
    """The page that the `type` of a problem leads to."""
    if code not in CODES:
        raise Problem("not-found", 404)
    title, detail = describe(services().texts, code, {}, current_locale())
    return render_template("problem_code.html", code=code, status=CODES[code], title=title, detail=detail)
