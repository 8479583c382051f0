"""The mailbox of local runs: every mail that would have been sent, as pages for people and as JSON for players."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from babel.dates import format_datetime
from flask import Blueprint, Response, abort, jsonify, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.kit.texts import Texts
from services.notifier.adapters.mailbox import Mailbox, Seen

HERE: Final = Path(__file__).parent.parent
MOST_SHOWN: Final = 200
MAIL_POLICY: Final = "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
PAGE_POLICY: Final = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'self'"


def mailbox_blueprint(folder: Path) -> Blueprint:
    """To be mounted by local runners only: it shows every link that was mailed to anybody."""
    mailbox, texts = Mailbox(folder), Texts(HERE / "locales")
    pages = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    blueprint = Blueprint("mailbox", __name__, url_prefix="/_mailbox")

    def page(name: str, **seen: Any) -> Response:
        locale = _locale(texts)
        say = _sayer(texts, locale)
        shown = pages.get_template(name).render(t=say, locale=locale, when=_when, **seen)
        return Response(
            shown, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": PAGE_POLICY}
        )

    @blueprint.get("")
    @blueprint.get("/")
    def everything() -> Response:
        to = request.args.get("to", "").strip() or None
        newest = list(mailbox.list(to=to))[::-1]
        return page("mailbox.html.j2", messages=newest[:MOST_SHOWN], count=len(newest), to=to or "")

    @blueprint.get("/messages")
    def messages() -> Response:
        args = request.args
        found = mailbox.list(to=args.get("to"), kind=args.get("kind"), after=args.get("after"))
        return jsonify([_as_json(seen, brief=args.get("brief") == "1") for seen in found])

    @blueprint.get("/<id>")
    def one(id: str) -> Response:
        return page("mailbox-message.html.j2", message=_known(mailbox, id))

    @blueprint.get("/<id>/html")
    def body(id: str) -> Response:
        shown = _known(mailbox, id).html
        headers = {"Content-Security-Policy": MAIL_POLICY}
        return Response(shown, content_type="text/html; charset=utf-8", headers=headers)

    @blueprint.get("/style.css")
    def style() -> Response:
        return Response((HERE / "templates" / "mailbox.css").read_bytes(), content_type="text/css; charset=utf-8")

    return blueprint


def _as_json(seen: Seen, brief: bool) -> dict[str, Any]:
    """`brief` leaves out the bodies: for counting."""
    told: dict[str, Any] = {
        "id": seen.id, "to": seen.to, "kind": seen.kind, "subject": seen.subject, "date": seen.date,
        "language": seen.language,
    }  # fmt: skip
    return told if brief else told | {"text": seen.text, "html": seen.html, "links": seen.links}


def _known(mailbox: Mailbox, id: str) -> Seen:
    seen = mailbox.read(id)
    if seen is None:
        abort(404)
    return seen


def _locale(texts: Texts) -> str:
    asked = request.args.get("lang", "")
    if asked in texts.locales:
        return asked
    return request.accept_languages.best_match(sorted(texts.locales, reverse=True)) or "zh-CN"


def _sayer(texts: Texts, locale: str) -> Callable[..., str]:
    def say(key: str, **args: Any) -> str:
        return texts.get(locale, key, **args)

    return say


def _when(seen: Seen, locale: str) -> str:
    return format_datetime(datetime.fromisoformat(seen.date), "medium", locale=locale.replace("-", "_")) + " UTC"
