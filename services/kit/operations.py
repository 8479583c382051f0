"""What every process answers about itself: health everywhere, metrics and the settable clock on its own port."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from services.kit.failures import TemporaryFailure
from services.kit.health import Verdict
from services.kit.internal_http import SECRET_HEADER
from services.kit.metrics import CONTENT_TYPE
from services.kit.serving import Running

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEALTH: Final = ("/health/live", "/health/ready")
JSON: Final = "application/json"
_SECRET: Final = "HTTP_" + SECRET_HEADER.upper().replace("-", "_")
Answer = tuple[int, str, bytes]


class Operations:
    """A WSGI application around the process's own; `own_port` is None where it has but one."""

    def __init__(self, running: Running, own_port: int | None, turns: Turns | None) -> None:
        self._running = running
        self._own_port = None if own_port is None else str(own_port)
        self._turns = turns
        self._app: WSGIApplication | None = running.process.app

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path, own = environ["PATH_INFO"], self._own(environ)
        if path in HEALTH:
            return _answered(start, self._health(path))
        if own and path == "/metrics":
            return _answered(start, (200, CONTENT_TYPE, self._running.process.metrics.render()))
        if own and self._turns is not None and path.startswith("/turn"):
            return _answered(start, self._turns.answer(environ))
        if self._app is None:
            return _answered(start, _json({"code": "not-found"}, 404))
        return self._app(environ, start)

    def _own(self, environ: WSGIEnvironment) -> bool:
        """Whether the request came by the port that this process alone has."""
        return self._app is None or (self._own_port is not None and environ["SERVER_PORT"] == self._own_port)

    def _health(self, path: str) -> Answer:
        health = self._running.health
        verdict: Verdict = health.live() if path == HEALTH[0] else health.ready()
        return _json({"ok": verdict.ok, "checks": dict(verdict.checks)}, verdict.status)


class Turns:
    """The door by which a local runner that sets the time drives this process; guarded by the internal secret."""

    def __init__(self, running: Running, secret: str) -> None:
        self._running = running
        self._secret = secret
        self._turn = threading.Lock()

    def answer(self, environ: WSGIEnvironment) -> Answer:
        """GET /turn: what is due next. POST /turn: every worker once. POST /turn/due {horizon, inclusive}."""
        if not hmac.compare_digest(environ.get(_SECRET, "").encode(), self._secret.encode()):
            return _json({"code": "not-found"}, 404)
        doors: dict[tuple[str, str], Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            ("GET", "/turn"): lambda _body: self._present(),
            ("POST", "/turn"): lambda _body: self._once(),
            ("POST", "/turn/due"): self._due,
        }
        door = doors.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if door is None:
            return _json({"code": "not-found"}, 404)
        try:
            body = orjson.loads(environ["wsgi.input"].read() or b"{}")
            return _json(door(body))
        except TemporaryFailure as failure:
            return _json({"code": failure.code}, 503)
        except (ValueError, KeyError, TypeError):
            return _json({"code": "invalid"}, 422)

    def _once(self) -> dict[str, Any]:
        with self._turn:
            done = sum([worker.run_once() for worker in self._running.background.guarded])
        return {"done": done, **self._present()}

    def _due(self, body: Mapping[str, Any]) -> dict[str, Any]:
        horizon, inclusive = datetime.fromisoformat(str(body["horizon"])), bool(body["inclusive"])
        with self._turn:
            done = sum([timed.run_due(horizon, inclusive) for timed in self._running.background.timed])
        return {"done": done, **self._present()}

    def _present(self) -> dict[str, Any]:
        background = self._running.background
        due = [at for timed in background.timed if (at := timed.next_due()) is not None]
        return {
            "generation": sum(worker.generation for worker in background.guarded),
            "behind": self._running.process.behind(),
            "shares": self._running.process.shares(),
            "next_due": min(due).isoformat() if due else None,
        }


_REASONS: Final = {
    200: "200 OK",
    404: "404 Not Found",
    422: "422 Unprocessable Content",
    503: "503 Service Unavailable",
}


def _answered(start: StartResponse, answer: Answer) -> Iterable[bytes]:
    status, kind, body = answer
    start(_REASONS[status], [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")])
    return [body]


def _json(value: Mapping[str, Any], status: int = 200) -> Answer:
    return status, JSON, orjson.dumps(value)
