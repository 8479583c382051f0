"""Campaign's internal door as a Flask application."""

from __future__ import annotations

import hmac
from typing import Any, Final

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from services.campaign.http.batches import Batches, Beginning, answered
from services.campaign.http.commands import CommandsDoor
from services.campaign.http.files import files_blueprint
from services.contracts.wire import BadWire, caller_from
from services.kit.internal_doors import name_requests
from services.kit.internal_http import SECRET_HEADER
from services.kit.logs import logger

JSON: Final = "application/json"
MOST_QUERY_BYTES: Final = 8 * 1024 * 1024


def create_app(campaign: Beginning, secret: str) -> Flask:
    """`secret` is shared by the services of one installation; an empty one is refused. Health is the process's own."""
    if not secret:
        raise ValueError("the internal door needs a secret")
    app = Flask("campaign-internal")
    app.wsgi_app = CommandsDoor(app.wsgi_app, Batches(campaign).execute, secret)  # type: ignore[method-assign,assignment]

    @app.before_request
    def guard() -> Response | None:
        if hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), secret.encode()):
            return None
        return _problem(404, "not-found")

    name_requests(app)

    @app.post("/internal/queries")
    def queries() -> Response:
        asked = _body()
        try:
            caller, args = caller_from(asked.get("caller", {})), asked["args"]
            name = str(asked["query"])
        except (BadWire, KeyError, AttributeError):
            return _problem(400, "bad-json")
        if not isinstance(args, dict):
            return _problem(400, "bad-json")
        return _json(answered(lambda: campaign.ask(name, caller, args)))

    app.register_blueprint(files_blueprint(campaign))
    app.register_error_handler(Exception, _failed)
    return app


def _body() -> Any:
    data = request.stream.read(MOST_QUERY_BYTES + 1)
    if len(data) > MOST_QUERY_BYTES:
        return None
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        return None


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, content_type=JSON)


def _problem(status: int, code: str) -> Response:
    return _json({"refused": {"code": code, "facts": {}}}, status)


def _failed(error: Exception) -> Response:
    if isinstance(error, HTTPException):
        return _problem(error.code or 500, "not-found" if error.code == 404 else "bad-json")
    logger(__name__).error("an internal request failed", exc_info=error)
    return _problem(500, "internal")
