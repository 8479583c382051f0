"""The public doors of a running Chorus: its API, its mailbox and its settable clock, over HTTP."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import urllib3

CONNECTIONS: Final = 16
_TRIES: Final = 6
_AGAIN_SECONDS: Final = 0.2
_CHUNK: Final = 256 * 1024
_LOCAL: Final = re.compile(r"http://(127\.0\.0\.1|localhost)[:/]", re.ASCII)


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
    """May be shared by threads. A busy server is asked again, with the same idempotency key.

    With `patience_seconds` one that does not answer is, too: its processes may be started again meanwhile.
    """

    def __init__(self, url: str, patience_seconds: float = 0.0) -> None:
        self.url = url.rstrip("/")
        self._patience = patience_seconds
        self._away: dict[str, str] = {}
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
        ends, attempt = time.monotonic() + self._patience, 0
        while True:
            attempt += 1
            try:
                got = self._followed(method, self.url + path, headers, sent)
            except urllib3.exceptions.HTTPError as error:
                if time.monotonic() < ends:
                    time.sleep(_AGAIN_SECONDS)
                    continue
                raise DoorShut(f"{self.url} does not answer ({type(error).__name__})") from None
            if got.status != 503 or (attempt >= _TRIES and time.monotonic() >= ends):
                return Answer(got.status, _read(got.data))
            time.sleep(min(2.0, float(got.headers.get("Retry-After") or 0.2)))

    def _followed(
        self, method: str, url: str, headers: Mapping[str, str], sent: Mapping[str, Any]
    ) -> urllib3.BaseHTTPResponse:
        """The mailbox and the clock of a distributed run are pages of its runner; the way there is remembered."""
        url = self._away.get(url, url)
        got = self._pool.request(method, url, headers=dict(headers), redirect=False, **sent)
        if got.status == 307 and _LOCAL.match(target := got.headers.get("Location", "")):
            self._away[url] = target.partition("?")[0]
            return self._followed(method, target.partition("?")[0], headers, sent)
        return got


_JSON: Final = {"Content-Type": "application/json"}


def _read(data: bytes) -> Any:
    try:
        return json.loads(data) if data else {}
    except ValueError:
        return None
