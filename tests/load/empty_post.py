"""A route as empty as a POST can be: all middlewares, body read and parsed, a constant answer."""

from __future__ import annotations

from flask import Blueprint, Response

from services.gateway.api import reading

EMPTY = "/api/v1/bench/empty"
_BODY = b'{"status":"pending","warnings":[]}'


def empty_post() -> Blueprint:
    bench = Blueprint("bench", __name__)

    def empty() -> Response:
        reading.read_json()
        return Response(_BODY, 202, mimetype="application/json")

    bench.add_url_rule(EMPTY, view_func=empty, methods=["POST"])
    return bench
