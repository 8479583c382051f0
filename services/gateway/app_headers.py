"""Security headers of every response, as data; and the check that the request names our host."""

from __future__ import annotations

from typing import Final

from flask import Flask, Response, request

from services.gateway.settings import GatewaySettings
from services.kit.problems import Problem

CONTENT_POLICY: Final = "; ".join((
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
    "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
))  # fmt: skip
FILE_POLICY: Final = "sandbox; default-src 'none'"
EVERYWHERE: Final = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
HTTPS_ONLY: Final = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}
PUBLIC_FEED: Final = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "public, max-age=5, stale-while-revalidate=30",
}


def everywhere(settings: GatewaySettings) -> dict[str, str]:
    """The headers of a response that says nothing else of its own."""
    return EVERYWHERE | (HTTPS_ONLY if settings.secure else {})


def guard(app: Flask, settings: GatewaySettings) -> None:
    policy = [(name.lower(), name, value) for name, value in everywhere(settings).items()]
    hosts = settings.hosts

    def our_host() -> None:
        if request.headers.get("Host", "").lower() not in hosts and not request.path.startswith("/health/"):
            raise Problem("bad-host", 400)

    def dress(response: Response) -> Response:
        present = {name.lower() for name, _ in response.headers}
        for known_as, name, value in policy:
            if known_as not in present:
                response.headers.add(name, value)
        return response

    app.before_request(our_host)
    app.after_request(dress)
