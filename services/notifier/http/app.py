"""Notifier's internal door as a Flask application: mails handed over, health, metrics."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from services.contracts.notifier_port import Handover
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.health import Health, Verdict
from services.kit.internal_doors import name_requests
from services.kit.internal_http import SECRET_HEADER
from services.kit.logs import logger
from services.kit.metrics import CONTENT_TYPE, Metrics
from services.notifier.application.doors import HandOver

LARGEST_BODY: Final = 64 * 1024
_FIELDS: Final[Mapping[str, tuple[type, ...]]] = {
    "id": (str,), "kind": (str,), "email": (str,), "locale": (str,), "facts": (dict,), "campaign": (str, type(None)),
    "correlation": (str, type(None)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Doors:
    """What the door opens to."""

    port: HandOver
    health: Health
    metrics: Metrics


def create_app(doors: Doors, secret: str) -> Flask:
    """`secret` is shared by the services of one installation; an empty one is refused."""
    if not secret:
        raise ValueError("the internal door needs a secret")
    app = Flask("notifier-internal")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY

    @app.before_request
    def guard() -> Response | None:
        given = request.headers.get(SECRET_HEADER, "").encode()
        if request.path.startswith("/health/") or hmac.compare_digest(given, secret.encode()):
            return None
        return _refused(404, "not-found")

    name_requests(app)

    @app.post("/internal/mails")
    def mails() -> Response:
        mail = _handover(request.get_data())
        if mail is None:
            return _refused(400, "bad-json")
        doors.port.hand_over(mail)
        return _json({}, 202)

    @app.post("/internal/unsubscribe")
    def unsubscribe() -> Response:
        body = _body(request.get_data())
        return _json({"known": doors.port.unsubscribe(str((body or {}).get("token", "")))})

    _add_health(app, doors)
    app.register_error_handler(Exception, _failed)
    return app


def _add_health(app: Flask, doors: Doors) -> None:
    def shown(verdict_of: Callable[[], Verdict]) -> Response:
        verdict = verdict_of()
        return _json({"ok": verdict.ok, "checks": dict(verdict.checks)}, verdict.status)

    app.add_url_rule("/health/live", "live", lambda: shown(doors.health.live))
    app.add_url_rule("/health/ready", "ready", lambda: shown(doors.health.ready))
    app.add_url_rule("/metrics", "metrics", lambda: Response(doors.metrics.render(), content_type=CONTENT_TYPE))


def _handover(data: bytes) -> Handover | None:
    body = _body(data)
    if body is None or not {"id", "kind", "email", "locale"} <= body.keys() <= _FIELDS.keys():
        return None
    if not all(isinstance(value, _FIELDS[name]) for name, value in body.items()):
        return None
    return Handover(**body)


def _body(data: bytes) -> dict[str, Any] | None:
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return body if isinstance(body, dict) else None


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, content_type="application/json")


def _refused(status: int, code: str) -> Response:
    return _json({"refused": {"code": code}}, status)


def _failed(error: Exception) -> Response:
    if isinstance(error, TemporaryFailure):
        return _refused(503, error.code)
    if isinstance(error, PermanentFailure):
        return _refused(422, error.code)
    if isinstance(error, HTTPException):
        return _refused(error.code or 500, "body-too-large" if error.code == 413 else "not-found")
    logger(__name__).error("an internal request failed", exc_info=error)
    return _refused(500, "internal")
