"""Signing in by a mailed link or its code, and out."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from services.gateway.accounts.current import (
    browser_cookie,
    current_locale,
    forget,
    remember,
    services,
    set_secret_cookie,
)
from services.gateway.accounts.sessions import Opened
from services.gateway.api.reading import load
from services.gateway.api.schemas import NewAddress
from services.gateway.web import faults, tokens
from services.gateway.web.going import onward
from services.gateway.web.inputs import Input
from services.gateway.web.page_schemas import Code
from services.kit.problems import Problem

EMAIL = (Input("email", "email", autocomplete="email"),)
CODE = (Input("code", "code", autocomplete="one-time-code"),)
_QUARTER = 15 * 60


def mount(web: Blueprint) -> None:
    web.add_url_rule("/sign-in", "sign_in", sign_in, methods=["GET", "POST"])
    web.add_url_rule("/sign-in/sent", "sign_in_sent", sign_in_sent, methods=["GET", "POST"])
    web.add_url_rule("/sign-in/continue", "sign_in_on", sign_in_on, methods=["GET", "POST"])
    web.add_url_rule("/sign-in/<token>", "sign_in_link", sign_in_link)
    web.add_url_rule("/sign-out", "sign_out", sign_out, methods=["POST"])


def sign_in() -> AnyResponse | str | tuple[str, int]:
    if request.method == "GET":
        return render_template("sign_in.html", inputs=EMAIL, typed={}, faults=[])
    try:
        told = load(NewAddress(), {"email": request.form.get("email", "").strip()} if request.form.get("email") else {})
    except Problem as problem:
        wrong = faults.of_problem(problem, EMAIL)
        return render_template("sign_in.html", inputs=EMAIL, typed=request.form, faults=wrong), 422
    secret = services().accounts.links.ask(told["email"], current_locale(), request.cookies.get(browser_cookie()))
    response = redirect(url_for("web.sign_in_sent"), 303)
    set_secret_cookie(response, browser_cookie(), secret, _QUARTER)  # type: ignore[arg-type]
    return response


def sign_in_sent() -> AnyResponse | str | tuple[str, int]:
    """Look into your mail; or type the code here."""
    if request.method == "GET":
        return render_template("sign_in_sent.html", inputs=CODE, typed={}, faults=[])
    browser, code, wrong = request.cookies.get(browser_cookie()), *_code()
    opened = services().accounts.links.use_code(browser, code) if browser and code else None
    if opened is None:
        wrong = wrong or [faults.FormFault("code", faults.describe_field("code", "wrong-code"))]
        return render_template("sign_in_sent.html", inputs=CODE, typed=request.form, faults=wrong), 422
    return _in(opened)


def sign_in_link(token: str) -> AnyResponse:
    return tokens.put_aside("sign-in", token, "web.sign_in_on")


def sign_in_on() -> AnyResponse | str | tuple[str, int]:
    """A button in the browser that asked; elsewhere the code of the mail, too."""
    token, browser = tokens.kept("sign-in"), request.cookies.get(browser_cookie())
    state = services().accounts.links.look(token, browser) if token else None
    if token is None or state is None or not state.usable:
        return render_template("token.html", purpose="sign-in", usable=False, needs_code=False, faults=[]), 410
    if request.method == "GET":
        return _button(state.same_browser, [])
    code, wrong = (None, []) if state.same_browser else _code()
    opened = None if wrong else services().accounts.links.use(token, browser=browser, code=code)
    if opened is None:
        wrong = wrong or [faults.FormFault("code", faults.describe_field("code", "wrong-code"))]
        return _button(state.same_browser, wrong), 422
    return tokens.spent(_in(opened), "sign-in")


def sign_out() -> AnyResponse:
    response = redirect(url_for("web.home"), 303)
    forget(response)  # type: ignore[arg-type]
    return response


def _button(same_browser: bool, wrong: list[faults.FormFault]) -> str:
    return render_template(
        "token.html",
        purpose="sign-in",
        usable=True,
        needs_code=not same_browser,
        inputs=CODE,
        typed=request.form,
        faults=wrong,
    )


def _in(opened: Opened) -> AnyResponse:
    response = redirect(onward(), 303)
    remember(response, opened)  # type: ignore[arg-type]
    return response


def _code() -> tuple[str | None, list[faults.FormFault]]:
    typed = "".join(request.form.get("code", "").split()).replace("-", "")
    try:
        return load(Code(), {"code": typed} if typed else {})["code"], []
    except Problem as problem:
        return None, faults.of_problem(problem, CODE)
