"""Campaign's doors over HTTP (`contracts.campaign_port.CampaignPort`)."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final, TypeVar

import urllib3

from services.contracts.campaign_port import File, Json
from services.contracts.codes import Refused
from services.contracts.commands_v1 import Caller, Request
from services.contracts.wire import caller_to, to_wire
from services.gateway.clients.gatherer import Gatherer
from services.kit.failures import PermanentFailure, TemporaryFailure

SECRET_HEADER: Final = "X-Chorus-Secret"  # noqa: S105  the header's name
PIECE: Final = 65_536
T = TypeVar("T")
_TIMEOUT: Final = urllib3.Timeout(connect=2.0, read=30.0)


class CampaignHttp:
    """Commands of one process travel together; queries, files and exports each on their own."""

    def __init__(self, base_url: str, secret: str, *, lanes: int = 1, connections: int = 32) -> None:
        self._base = base_url.rstrip("/")
        self._secret = {SECRET_HEADER: secret}
        self._http = urllib3.PoolManager(maxsize=connections, block=False, retries=False, timeout=_TIMEOUT)
        self._commands: Gatherer[Json, Json] = Gatherer(self._send, lanes=lanes)

    def execute(self, request: Request, body: BinaryIO | None = None) -> Json:
        wire = to_wire(request)
        outcome = self._commands.call(wire) if body is None else self._with_file(wire, body)
        answer: Json = _answer(outcome)
        return answer

    def ask(self, query: str, caller: Caller, args: Mapping[str, Any]) -> Any:
        wire = {"query": query, "caller": caller_to(caller), "args": dict(args)}
        return _answer(self._json("POST", "/internal/queries", json.dumps(wire, default=str).encode()))

    def open_file(self, caller: Caller, campaign: str, evidence: str, redacted: bool) -> File:
        headers = {} if caller.person is None else {"X-Chorus-Person": caller.person}
        if caller.operator:
            headers["X-Chorus-Operator"] = "1"
        path = f"/internal/files/{_safe(campaign)}/{_safe(evidence)}{'?redacted=1' if redacted else ''}"
        response = self._stream(path, headers)
        described = json.loads(bytes.fromhex(response.headers["X-Chorus-File"]))
        return File(described["file_name"], described["media_type"], described["size"], _chunks(response))

    def export(self, campaign: str) -> Iterator[bytes]:
        return _chunks(self._stream(f"/internal/export/{_safe(campaign)}", {}))

    def close(self) -> None:
        self._http.clear()

    def _send(self, items: Sequence[Json]) -> Sequence[Json]:
        outcomes: list[Json] = self._json("POST", "/internal/commands", json.dumps(list(items)).encode())
        if not isinstance(outcomes, list) or len(outcomes) != len(items):
            raise PermanentFailure("campaign-answer-malformed")
        return outcomes

    def _with_file(self, wire: Json, body: BinaryIO) -> Json:
        command = json.dumps(wire).encode()
        outcome: Json = self._json("PUT", "/internal/evidence", _framed(command, body))
        return outcome

    def _json(self, method: str, path: str, body: bytes | Iterator[bytes]) -> Any:
        def call() -> Any:
            response = self._http.request(
                method, self._base + path, body=body, headers={**self._secret, "Content-Type": "application/json"}
            )
            return _parsed(response.status, response.data)

        return _away_is_temporary(call)

    def _stream(self, path: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        def call() -> urllib3.BaseHTTPResponse:
            response = self._http.request(
                "GET", self._base + path, headers={**self._secret, **headers}, preload_content=False
            )
            if response.status != 200:
                data, status = response.read(), response.status
                response.release_conn()
                _answer(_parsed(status, data))
                raise PermanentFailure("campaign-answer-malformed")
            return response

        return _away_is_temporary(call)


def _parsed(status: int, data: bytes) -> Any:
    if status in (502, 503, 504):
        raise TemporaryFailure("campaign-away", retry_after=2.0)
    try:
        return json.loads(data)
    except ValueError:
        raise PermanentFailure("campaign-answer-malformed") from None


def _answer(outcome: Any) -> Any:
    if not isinstance(outcome, dict):
        raise PermanentFailure("campaign-answer-malformed")
    if "refused" in outcome:
        raise Refused(outcome["refused"]["code"], outcome["refused"]["facts"])
    if "busy" in outcome:
        raise TemporaryFailure(outcome["busy"]["code"], outcome["busy"]["retry_after"])
    return outcome["answer"]


def _away_is_temporary(call: Callable[[], T]) -> T:
    try:
        return call()
    except urllib3.exceptions.HTTPError as error:
        raise TemporaryFailure("campaign-away", retry_after=2.0) from error


def _framed(command: bytes, body: BinaryIO) -> Iterator[bytes]:
    yield struct.pack(">I", len(command)) + command
    while piece := body.read(PIECE):
        yield piece


def _chunks(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    try:
        yield from response.stream(PIECE)
    except urllib3.exceptions.HTTPError as error:
        raise TemporaryFailure("campaign-away", retry_after=2.0) from error
    finally:
        response.release_conn()


def _safe(part: str) -> str:
    return "".join(letter for letter in part if letter.isalnum() or letter == "-") or "-"
