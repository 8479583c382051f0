"""Where a person goes next: to sign in and back again, never anywhere but to our own pages."""

from __future__ import annotations

import re
from typing import Final

from flask import redirect, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

_OWN_PATH: Final = re.compile(
    r"/(?:|me|launch|campaigns|c/[0-9a-f-]{36}(?:/[a-z0-9/-]{1,160})?)(?:\?step=[a-z0-9_.-]{1,64})?\Z"
)


def safe(path: str | None) -> str:
    """The path itself where it is one of ours, else the front page."""
    return path if path and _OWN_PATH.match(path) else "/"


def sign_in_first() -> AnyResponse:
    """To the sign-in page; afterwards back to the page that was asked for."""
    step = request.args.get("step")
    remember_way(request.path + (f"?step={step}" if step else ""))
    return redirect(url_for("web.sign_in"), 303)


def remember_way(path: str) -> None:
    session["next"] = safe(path)


def onward() -> str:
    """Taken once."""
    way = safe(session.pop("next", None))
    return way if way != "/" else url_for("web.my_campaigns")
