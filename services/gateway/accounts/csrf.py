"""Writes that lean on a cookie must come from our own pages: where the browser says so, and a token in the form."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect

from services.gateway.accounts.current import bearer, cookie_name, current_person, services
from services.gateway.settings import GatewaySettings
from services.kit.problems import Problem


class FormSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, which holds the token of forms; without any cookie there is nothing to open."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return super().open_session(app, request) if "HTTP_COOKIE" in request.environ else self.session_class()


_READS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_OPEN = ("/unsubscribe/", "/_")
"""A mail program posts its one click without cookies (RFC 8058); doors of local runners are posted to by programs."""


def protect_forms(app: Flask, settings: GatewaySettings, signing_key: bytes) -> None:
    """Pages: every write. API: writes that are signed in by cookie; a bearer token is not sent by a stranger's page."""
    app.config.update(
        SECRET_KEY=signing_key,
        SESSION_COOKIE_NAME="__Host-chorus-form" if settings.secure else "chorus-form",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = FormSessions()
    protect = CSRFProtect(app)

    def check() -> None:
        if request.method in _READS or request.url_rule is None or request.path.startswith(_OPEN):
            return
        if request.path.startswith("/api/") and (bearer() or not _by_cookie()):
            return
        if not from_own_page():
            raise Problem("csrf", 403)
        try:
            protect.protect()
        except CSRFError:
            raise Problem("csrf", 403) from None

    app.before_request(check)


def from_own_page() -> bool:
    """`Sec-Fetch-Site: same-origin`; where a browser does not send it, an `Origin` that is ours."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    return origin is not None and urlsplit(origin).netloc.lower() in services().settings.hosts


def _by_cookie() -> bool:
    return cookie_name("chorus") in request.cookies and current_person() is not None
