"""Campaign's doors over HTTP (`contracts.campaign_port.CampaignPort`)."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Final

import orjson

from services.contracts.campaign_port import File, Json
from services.contracts.codes import Refused
from services.contracts.commands_v1 import Caller, Request
from services.contracts.wire import caller_to, to_wire
from services.gateway.clients.gatherer import Gatherer
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.internal_http import PIECE, InternalHttp

MALFORMED: Final = "campaign-answer-malformed"


class CampaignHttp:
    """Commands of one process travel together; queries, files and exports each on their own."""

    def __init__(self, base_url: str, secret: str, *, lanes: int = 1, connections: int = 32) -> None:
        self._http = InternalHttp(base_url, secret, "campaign-away", connections=connections)
        self._commands: Gatherer[Json, Json] = Gatherer(self._send, lanes=lanes)

    def execute(self, request: Request, body: BinaryIO | None = None) -> Json:
        wire = to_wire(request)
        outcome = self._commands.call(wire) if body is None else self._with_file(wire, body)
        answer: Json = _answer(outcome)
        return answer

    def ask(self, query: str, caller: Caller, args: Mapping[str, Any]) -> Any:
        wire = {"query": query, "caller": caller_to(caller), "args": dict(args)}
        body = json.dumps(wire, default=str).encode()
        return _answer(_parsed(self._http.call("POST", "/internal/queries", body, harmless=True)[1]))

    def open_file(self, caller: Caller, campaign: str, evidence: str, redacted: bool) -> File:
        headers = {} if caller.person is None else {"X-Chorus-Person": caller.person}
        if caller.operator:
            headers["X-Chorus-Operator"] = "1"
        path = f"/internal/files/{_safe(campaign)}/{_safe(evidence)}{'?redacted=1' if redacted else ''}"
        answered, pieces = self._stream("GET", path, headers)
        described = json.loads(bytes.fromhex(answered["X-Chorus-File"]))
        return File(described["file_name"], described["media_type"], described["size"], pieces)

    def export(self, campaign: str, published: Json | None = None) -> Iterator[bytes]:
        body = b"" if published is None else json.dumps(published).encode()
        headers = {"Content-Type": "application/json"}
        return self._stream("POST", f"/internal/export/{_safe(campaign)}", headers, body)[1]

    def close(self) -> None:
        self._http.close()

    def _send(self, items: Sequence[Json]) -> Sequence[Json]:
        outcomes: list[Json] = self._json("POST", "/internal/commands", orjson.dumps(list(items)))
        if not isinstance(outcomes, list) or len(outcomes) != len(items):
            raise PermanentFailure(MALFORMED)
        return outcomes

    def _with_file(self, wire: Json, body: BinaryIO) -> Json:
        outcome: Json = self._json("PUT", "/internal/evidence", _framed(json.dumps(wire).encode(), body))
        return outcome

    def _json(self, method: str, path: str, body: bytes | Iterator[bytes]) -> Any:
        return _parsed(self._http.call(method, path, body)[1])

    def _stream(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[Mapping[str, str], Iterator[bytes]]:
        status, answered, pieces = self._http.stream(method, path, headers, body)
        if status != 200:
            _answer(_parsed(b"".join(pieces)))
            raise PermanentFailure(MALFORMED)
        return answered, pieces


def _parsed(data: bytes) -> Any:
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        raise PermanentFailure(MALFORMED) from None


def _answer(outcome: Any) -> Any:
    if not isinstance(outcome, dict):
        raise PermanentFailure(MALFORMED)
    if "refused" in outcome:
        raise Refused(outcome["refused"]["code"], outcome["refused"]["facts"])
    if "busy" in outcome:
        raise TemporaryFailure(outcome["busy"]["code"], outcome["busy"]["retry_after"])
    return outcome["answer"]


def _framed(command: bytes, body: BinaryIO) -> Iterator[bytes]:
    """Length of the command, the command, the file's bytes as they are read."""
    yield struct.pack(">I", len(command)) + command
    while piece := body.read(PIECE):
        yield piece


def _safe(part: str) -> str:
    """A part of a path that cannot lead elsewhere."""
    return "".join(letter for letter in part if letter.isalnum() or letter == "-") or "-"
