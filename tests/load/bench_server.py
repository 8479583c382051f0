"""The embedded server with one more route, as empty as a POST can be: same middlewares, body read and parsed."""

from services.embedded import serve  # patches first: gevent wants to be there before anything else

# isort: split
import sys

from flask import Blueprint, Response

from services.embedded.compose import Embedded, build
from services.embedded.settings import EmbeddedSettings
from services.gateway.api import reading


def with_empty_post(settings: EmbeddedSettings) -> Embedded:
    embedded = build(settings)
    bench = Blueprint("bench", __name__)
    body = b'{"status":"pending","warnings":[]}'

    def empty() -> Response:
        reading.read_json()
        return Response(body, 202, mimetype="application/json")

    bench.add_url_rule("/api/v1/bench/empty", view_func=empty, methods=["POST"])
    embedded.app.register_blueprint(bench)
    return embedded


if __name__ == "__main__":
    serve.serve(serve.settings_from(sys.argv[1:]), with_empty_post)
