"""The gateway with one more route, as empty as a POST can be: same middlewares, body read and parsed.

`python -m services.kit.serve gateway-web web tests.load.bench_gateway:build`
"""

from __future__ import annotations

from flask import Blueprint, Response

from services.gateway.api import reading
from services.gateway.processes import web
from services.kit.clock import Clock
from services.kit.serving import Process

EMPTY = "/api/v1/bench/empty"
_BODY = b'{"status":"pending","warnings":[]}'


def build(clock: Clock) -> Process:
    process = web(clock)
    process.app.register_blueprint(empty_post())
    return process


def empty_post() -> Blueprint:
    bench = Blueprint("bench", __name__)

    def empty() -> Response:
        reading.read_json()
        return Response(_BODY, 202, mimetype="application/json")

    bench.add_url_rule(EMPTY, view_func=empty, methods=["POST"])
    return bench
