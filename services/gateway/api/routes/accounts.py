"""Accounts: a link by mail, a session for it, who one is."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from services.gateway.accounts.current import browser_cookie, caller, current_locale, current_person, forget, services
from services.gateway.api import schemas
from services.gateway.api.endpoint import Endpoint, Inputs
from services.gateway.api.shapes import ANYTHING, INSTANT, TEXT, TRUTH, many, obj
from services.kit.problems import Problem


def ask_link(inputs: Inputs) -> Any:
    """The same answer for every address."""
    locale = inputs.body.get("locale") or current_locale()
    return {"browser": services().accounts.links.ask(inputs.body["email"], locale)}


def sign_in(inputs: Inputs) -> Any:
    told = inputs.body
    browser = told.get("browser") or request.cookies.get(browser_cookie())
    opened = services().accounts.links.use(told["token"], browser=browser, code=told.get("code"))
    if opened is None:
        raise Problem("token-invalid", 410)
    session = opened.session
    return {"session": opened.token, "expires_at": session.expires_at.isoformat(), "email": session.email}


def sign_out(inputs: Inputs) -> Any:
    response = Response(status=204)
    forget(response)
    return response


def me(inputs: Inputs) -> Any:
    session = current_person()
    if session is None:
        return {"signed_in": False, "campaigns": []}
    campaigns = services().campaign.ask("my-campaigns", caller(), {})
    return {"signed_in": True, "email": session.email, "locale": session.locale, "campaigns": campaigns}


ENDPOINTS = (
    Endpoint(
        "POST",
        "/sign-in-links",
        "ask-sign-in-link",
        "Have a sign-in link mailed. `browser` is a secret that goes with the link's token when signing in.",
        ask_link,
        tag="accounts",
        body=schemas.SignInLink,
        status=202,
        person="anyone",
        answer=obj(browser=TEXT),
    ),
    Endpoint(
        "POST",
        "/sessions",
        "sign-in",
        "Sign in, once for each link: with its token and the `browser` secret, or with its token and the mail's code.",
        sign_in,
        tag="accounts",
        body=schemas.SignIn,
        status=201,
        person="anyone",
        errors=("token-invalid",),
        answer=obj(session=TEXT, expires_at=INSTANT, email=TEXT),
    ),
    Endpoint("DELETE", "/sessions/current", "sign-out", "Sign out.", sign_out, tag="accounts", status=204),
    Endpoint(
        "GET",
        "/me",
        "who-am-i",
        "Whether one is signed in, and one's campaigns.",
        me,
        tag="accounts",
        person="anyone",
        answer=obj(("email", "locale"), signed_in=TRUTH, email=TEXT, locale=TEXT, campaigns=many(ANYTHING)),
    ),
)
