"""One line and one count for each request: method, route, status, time; never an address, a token or a query."""

from __future__ import annotations

import logging
import re
import time
from typing import Any

from flask import Flask, Response, g, request

from services.kit.ids import new_id
from services.kit.logs import correlate, logger, uncorrelate
from services.kit.metrics import Metrics

_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}\Z", re.ASCII)
REQUEST_ID = "X-Request-Id"


def watch(app: Flask, metrics: Metrics) -> None:
    told = logging.getLogger(__name__)

    def begin() -> None:
        g.started = time.perf_counter()
        given = request.headers.get(REQUEST_ID, "")
        g.request_id = given if _REQUEST_ID.match(given) else str(new_id())
        correlate(g.request_id)

    def tell(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule is not None else "(none)"
        seconds = time.perf_counter() - g.started if "started" in g else 0.0
        labels: dict[str, Any] = {"service": "gateway", "route": route}
        metrics.observe("chorus_http_request_seconds", seconds, **labels)
        metrics.count("chorus_http_requests_total", method=_method(), status=response.status_code, **labels)
        if told.isEnabledFor(logging.INFO):
            logger(__name__).info(
                "request",
                method=_method(),
                route=route,
                status=response.status_code,
                duration_ms=round(seconds * 1000, 1),
            )
        if "request_id" in g:
            response.headers[REQUEST_ID] = g.request_id
        uncorrelate()
        return response

    app.before_request(begin)
    app.after_request(tell)


def _method() -> str:
    """A word of a stranger never becomes a label."""
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return request.method if request.method in known else "OTHER"
