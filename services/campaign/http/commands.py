"""The door through which crowds come: a list of commands, answered before Flask wakes up for it."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson

from services.kit.internal_http import SECRET_HEADER

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH: Final = "/internal/commands"
LARGEST_BATCH_BYTES: Final = 8 * 1024 * 1024
_SECRET: Final = "HTTP_" + SECRET_HEADER.upper().replace("-", "_")
Execute = Callable[[Sequence[Any]], list[Any]]


class CommandsDoor:
    """A WSGI application around the one that answers everything else."""

    def __init__(self, others: WSGIApplication, execute: Execute, secret: str) -> None:
        self._others = others
        self._execute = execute
        self._secret = secret.encode()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH:
            return self._others(environ, start)
        if not hmac.compare_digest(environ.get(_SECRET, "").encode(), self._secret):
            return _refused(start, "404 Not Found", "not-found")
        if environ["REQUEST_METHOD"] != "POST":
            return _refused(start, "405 Method Not Allowed", "bad-json")
        items = _read(environ)
        if not isinstance(items, list):
            return _refused(start, "400 Bad Request", "bad-json")
        return _answered(start, "200 OK", self._execute(items))


def _read(environ: WSGIEnvironment) -> Any:
    """None for what is no JSON of a known, bearable length."""
    length = environ.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdigit()) or len(length) > 9 or int(length) > LARGEST_BATCH_BYTES:
        return None
    try:
        return orjson.loads(environ["wsgi.input"].read(int(length)))
    except orjson.JSONDecodeError:
        return None


def _refused(start: StartResponse, status: str, code: str) -> Iterable[bytes]:
    return _answered(start, status, {"refused": {"code": code, "facts": {}}})


def _answered(start: StartResponse, status: str, value: Any) -> Iterable[bytes]:
    body = orjson.dumps(value)
    start(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
