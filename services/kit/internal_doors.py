"""What the internal doors of all services have in common: their lines in the log name the request that is served."""

from __future__ import annotations

from flask import Flask, Response, request

from services.kit.internal_http import REQUEST_HEADER
from services.kit.logs import correlate, uncorrelate


def name_requests(app: Flask) -> None:
    """Called after the guard is set up: whoever names a request here knows the secret."""

    def begin() -> None:
        if name := request.headers.get(REQUEST_HEADER):
            correlate(name)

    def end(response: Response) -> Response:
        uncorrelate()
        return response

    app.before_request(begin)
    app.after_request(end)
