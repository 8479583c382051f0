"""One line and one count for each request: method, route, status, time; never an address, a token or a query."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Collection
from uuid import UUID

from flask import Flask, Response, g, request

from services.kit.ids import new_id
from services.kit.logs import correlate, logger, uncorrelate
from services.kit.metrics import Metrics

_REQUEST_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}\Z", re.ASCII)
REQUEST_ID = "X-Request-Id"


SERVED_AS = "chorus.request_id"
"""Of the WSGI environment: the id under which the short way began to serve this request."""


class Told:
    """Tells of one request that was answered, in the metrics and in the log."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._log = logging.getLogger(__name__)

    def __call__(self, method: str, route: str, status: int, seconds: float) -> None:
        self._metrics.observe("chorus_http_request_seconds", seconds, service="gateway", route=route)
        self._metrics.count("chorus_http_requests_total", method=method, status=status, service="gateway", route=route)
        if self._log.isEnabledFor(logging.INFO):
            duration = round(seconds * 1000, 1)
            logger(__name__).info("request", method=method, route=route, status=status, duration_ms=duration)


class Believed:
    """The id of a request as the proxies in front name it; anybody else's word is not heard."""

    def __init__(self, proxies: Collection[str]) -> None:
        self._proxies, self._all = frozenset(proxies), "*" in proxies

    def __call__(self, given: str | None, remote: str | None) -> str | None:
        return _well_formed(given) if self._all or remote in self._proxies else None


def watch(app: Flask, metrics: Metrics, proxies: Collection[str] = ()) -> None:
    """`proxies`: from these addresses the id of a request is taken over; anybody else gets one made here."""
    told, believed = Told(metrics), Believed(proxies)

    def begin() -> None:
        g.started = time.perf_counter()
        given = believed(request.headers.get(REQUEST_ID), request.remote_addr)
        g.request_id = request.environ.get(SERVED_AS) or given or str(new_id())
        correlate(g.request_id)

    def tell(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule is not None else "(none)"
        seconds = time.perf_counter() - g.started if "started" in g else 0.0
        told(_method(), route, response.status_code, seconds)
        if "request_id" in g:
            response.headers[REQUEST_ID] = g.request_id
        uncorrelate()
        return response

    app.before_request(begin)
    app.after_request(tell)


def _well_formed(given: str | None) -> str | None:
    """Random hexadecimal and nothing else, so that no word of anybody becomes an id; written as a UUID is."""
    return str(UUID(given)) if given is not None and _REQUEST_ID.match(given) else None


def _method() -> str:
    """A word of a stranger never becomes a label."""
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return request.method if request.method in known else "OTHER"
