"""The public doors of a running Chorus: its API, its mailbox and its settable clock, over HTTP."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import urllib3

CONNECTIONS: Final = 16
_TRIES: Final = 6
_CHUNK: Final = 256 * 1024


class DoorShut(Exception):
    """The server cannot be played on: it does not answer, or has no settable clock."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return self.status < 400

    @property
    def code(self) -> str:
        """The code of a refusal."""
        known = isinstance(self.body, dict) and isinstance(self.body.get("code"), str)
        return str(self.body["code"]) if known else f"http-{self.status}"

    def told(self, name: str) -> Any:
        return self.body.get(name) if isinstance(self.body, dict) else None


@dataclass(frozen=True)
class Call:
    """One request as a person makes it; `session` and `locale` are theirs."""

    method: str
    path: str
    body: Any = None
    session: str | None = None
    locale: str = "zh-CN"
    query: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Any] | None = None


class Door:
    """May be shared by threads. A busy server is asked again, with the same idempotency key."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._pool = urllib3.PoolManager(
            maxsize=CONNECTIONS, block=True, retries=False, timeout=urllib3.Timeout(connect=5, read=120)
        )

    def close(self) -> None:
        self._pool.clear()

    def call(self, call: Call) -> Answer:
        headers = {"Accept-Language": call.locale}
        if call.session is not None:
            headers["Authorization"] = f"Bearer {call.session}"
        sent: dict[str, Any] = {}
        if call.method != "GET":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if call.parts is not None:
            sent["fields"] = dict(call.parts)
        elif call.method in ("POST", "PUT", "PATCH"):
            headers["Content-Type"] = "application/json"
            sent["body"] = json.dumps(call.body if call.body is not None else {}, ensure_ascii=False).encode()
        elif call.query:
            sent["fields"] = dict(call.query)
        return self._send(call.method, f"/api/v1{call.path}", headers, sent)

    def save(self, path: str, file: Path) -> None:
        """Downloads what stands at a path of the API."""
        answer = self._pool.request("GET", f"{self.url}/api/v1{path}", preload_content=False)
        try:
            if answer.status != 200:
                raise DoorShut(f"{path} answered {answer.status}")
            with file.open("wb") as out:
                for chunk in answer.stream(_CHUNK):
                    out.write(chunk)
        finally:
            answer.release_conn()

    def set_clock(self, to: datetime) -> None:
        """Everything due before it happens first."""
        answer = self._send("POST", "/_clock", _JSON, {"body": json.dumps({"to": to.isoformat()}).encode()})
        if answer.status == 404:
            raise DoorShut(f"{self.url} has no settable clock; start it with chorus run --settable-clock")
        if not answer.ok:
            raise DoorShut(f"the clock cannot be set to {to.isoformat()}: {answer.told('detail') or answer.code}")

    def settle(self) -> None:
        answer = self._send("POST", "/_clock/settle", {}, {})
        if not answer.ok:
            raise DoorShut(f"/_clock/settle answered {answer.status}")

    def now(self) -> datetime:
        answer = self._send("GET", "/_clock", {}, {})
        if not answer.ok:
            raise DoorShut(f"{self.url} has no settable clock; start it with chorus run --settable-clock")
        return datetime.fromisoformat(answer.body["now"]).astimezone(UTC)

    def mail(self, **query: str) -> list[dict[str, Any]]:
        """Messages, oldest first; `to`, `kind`, `after` and `brief` narrow them."""
        answer = self._send("GET", "/_mailbox/messages", {}, {"fields": query})
        if not answer.ok:
            raise DoorShut(f"/_mailbox/messages answered {answer.status}")
        return list(answer.body)

    def _send(self, method: str, path: str, headers: Mapping[str, str], sent: Mapping[str, Any]) -> Answer:
        for attempt in range(1, _TRIES + 1):
            with _reached(self.url):
                got = self._pool.request(method, self.url + path, headers=dict(headers), **sent)
            if got.status != 503 or attempt == _TRIES:
                return Answer(got.status, _read(got.data))
            time.sleep(min(2.0, float(got.headers.get("Retry-After") or 0.2)))
        raise AssertionError("unreachable")


_JSON: Final = {"Content-Type": "application/json"}


def _read(data: bytes) -> Any:
    try:
        return json.loads(data) if data else {}
    except ValueError:
        return None


@contextmanager
def _reached(url: str) -> Iterator[None]:
    try:
        yield
    except urllib3.exceptions.HTTPError as error:
        raise DoorShut(f"{url} does not answer ({type(error).__name__})") from None
