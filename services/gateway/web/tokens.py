"""Tokens of mailed links: taken out of the address at once, kept by the browser for the next click alone."""

from __future__ import annotations

from typing import Final

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from services.gateway.accounts.current import cookie_name, services, set_secret_cookie

SECONDS: Final = 15 * 60


def put_aside(purpose: str, token: str, endpoint: str) -> AnyResponse:
    """The link is read, not used: mail programs open links, too. The clean page has the button."""
    response = redirect(url_for(endpoint), 303)
    set_secret_cookie(response, _cookie(purpose), token[:200], SECONDS)  # type: ignore[arg-type]
    return response


def kept(purpose: str) -> str | None:
    return request.cookies.get(_cookie(purpose))


def spent(response: AnyResponse, purpose: str) -> AnyResponse:
    response.delete_cookie(_cookie(purpose), secure=services().settings.secure, httponly=True, samesite="Lax")
    return response


def _cookie(purpose: str) -> str:
    return cookie_name(f"chorus-{purpose}")
