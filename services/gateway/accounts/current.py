"""Who asks, in which language: read from the present request, once."""

from __future__ import annotations

from flask import Response, current_app, g, request

from services.contracts.commands_v1 import Caller
from services.gateway.accounts.sessions import Opened, Session
from services.gateway.app_services import GatewayServices

LOCALES = ("zh-CN", "en")
LANGUAGE_COOKIE = "lang"
_MONTH = 30 * 24 * 3600


def services() -> GatewayServices:
    """What the wiring gave to this application."""
    found: GatewayServices = current_app.extensions["chorus"]
    return found


def current_person() -> Session | None:
    """The session of this request, by bearer token (API) or by cookie."""
    if "session" not in g:
        token = bearer() or (request.cookies.get(session_cookie()) if has_cookies() else None)
        g.session = services().accounts.sessions.find(token) if token else None
    session: Session | None = g.session
    return session


def caller() -> Caller:
    """As campaign is told; the operator is known by a bearer token of the installation."""
    token = bearer()
    if token and services().accounts.is_operator(token):
        return Caller(operator=True)
    session = current_person()
    return Caller(person=session.person if session else None)


def bearer() -> str | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if kind.lower() == "bearer" else None


def current_locale() -> str:
    """`?lang`, else the cookie, else what the reader prefers, else zh-CN."""
    if "locale" not in g:
        asked = _asked_language() or (request.cookies.get(LANGUAGE_COOKIE) if has_cookies() else None)
        preferred = (known for tag in request.accept_languages.values() if (known := _known(tag)))
        g.locale = _known(asked) or next(preferred, "zh-CN")
    locale: str = g.locale
    return locale


def has_cookies() -> bool:
    """Told cheaply: looking for a cookie that is not there costs more than most of a join."""
    return "HTTP_COOKIE" in request.environ


def _asked_language() -> str | None:
    return request.args.get("lang") if request.query_string else None


def _known(tag: str | None) -> str | None:
    if not tag:
        return None
    return {"zh": "zh-CN", "en": "en"}.get(tag.lower().replace("_", "-").partition("-")[0])


def keep_language(response: Response) -> None:
    """Remembers the language that was asked for by `?lang`."""
    if _known(_asked_language()) is not None:
        secure = services().settings.secure
        response.set_cookie(LANGUAGE_COOKIE, current_locale(), max_age=_MONTH * 12, secure=secure, samesite="Lax")


def cookie_name(name: str) -> str:
    """`__Host-` where the pages are served by https."""
    return f"__Host-{name}" if services().settings.secure else name


def session_cookie() -> str:
    return cookie_name("chorus")


def browser_cookie() -> str:
    """Holds the secret of the browser that asked for a link."""
    return cookie_name("chorus-browser")


def set_secret_cookie(response: Response, name: str, value: str, max_age: int | None) -> None:
    secure = services().settings.secure
    response.set_cookie(name, value, max_age=max_age, secure=secure, httponly=True, samesite="Lax", path="/")


def remember(response: Response, opened: Opened) -> None:
    """Signs this browser in."""
    set_secret_cookie(response, session_cookie(), opened.token, 7 * 24 * 3600)
    response.delete_cookie(browser_cookie(), secure=services().settings.secure, httponly=True, samesite="Lax")


def forget(response: Response) -> None:
    """Signs this browser out, on the server and here."""
    session = current_person()
    if session is not None:
        services().accounts.sessions.end(session)
    response.delete_cookie(session_cookie(), secure=services().settings.secure, httponly=True, samesite="Lax")
