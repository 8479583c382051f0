"""Links of mails that change how one is reached: a new address confirmed, mail stopped."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from services.contracts.codes import Refused
from services.contracts.commands_v1 import Caller, ConfirmContactChange, Request
from services.gateway.accounts.current import services
from services.gateway.web import tokens


def mount(web: Blueprint) -> None:
    web.add_url_rule("/contact/<token>", "contact_link", contact_link)
    web.add_url_rule("/contact", "contact", contact, methods=["GET", "POST"])
    web.add_url_rule("/unsubscribe/<token>", "unsubscribe", unsubscribe, methods=["GET", "POST"])


def contact_link(token: str) -> AnyResponse:
    return tokens.put_aside("contact", token, "web.contact")


def contact() -> AnyResponse | str | tuple[str, int]:
    token = tokens.kept("contact")
    if request.method == "GET" and token is not None:
        return render_template("token.html", purpose="contact", usable=True, needs_code=False, faults=[])
    try:
        if token is None:
            raise Refused("token-invalid")
        told = services().campaign.execute(Request(ConfirmContactChange(token), Caller()))
    except Refused as refused:
        if refused.code != "token-invalid":
            raise
        return render_template("token.html", purpose="contact", usable=False, needs_code=False, faults=[]), 410
    for name in ("person", "old_person"):
        if told.get(name):
            services().accounts.sessions.end_all(str(told[name]))
    flash("contact-changed", "done")
    return tokens.spent(redirect(url_for("web.my_campaigns"), 303), "contact")


def unsubscribe(token: str) -> str | tuple[str, int]:
    """A person sees a button; a mail program posts at once, without cookies (RFC 8058)."""
    if request.method == "GET":
        return render_template("unsubscribe.html", state="ask")
    if services().notifier.unsubscribe(token):
        return render_template("unsubscribe.html", state="done")
    return render_template("unsubscribe.html", state="unknown"), 410
