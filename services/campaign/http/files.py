"""Files through the internal door: evidence in and out, the public export; streamed, never whole in memory here."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO, Final, cast

import orjson
from flask import Blueprint, Response, request

from services.campaign.http.batches import answered
from services.contracts.campaign_port import CampaignPort, File
from services.contracts.commands_v1 import Caller
from services.contracts.wire import BadWire, from_wire

LARGEST_COMMAND_BYTES: Final = 256 * 1024
_LENGTH: Final = struct.Struct(">I")


def files_blueprint(campaign: CampaignPort) -> Blueprint:
    doors = Blueprint("files", __name__, url_prefix="/internal")

    @doors.put("/evidence")
    def submit() -> Response:
        """Body: length of the command (4 bytes, big-endian), the command as JSON, then the file's bytes."""
        stream = cast(BinaryIO, request.stream)
        try:
            command = from_wire(orjson.loads(_exactly(stream, _length(stream))))
        except (BadWire, orjson.JSONDecodeError, EOFError):
            return _json({"refused": {"code": "bad-json", "facts": {}}})
        return _json(answered(lambda: campaign.execute(command, stream)))

    @doors.get("/files/<campaign_id>/<evidence>")
    def file(campaign_id: str, evidence: str) -> Response:
        caller = Caller(request.headers.get("X-Chorus-Person"), request.headers.get("X-Chorus-Operator") == "1")
        outcome = answered(
            lambda: campaign.open_file(caller, campaign_id, evidence, request.args.get("redacted") == "1")
        )
        return _file(outcome["answer"]) if "answer" in outcome else _json(outcome, 409)

    @doors.post("/export/<campaign_id>")
    def export(campaign_id: str) -> Response:
        """Body: the published progress document as JSON, or nothing."""
        published = request.get_json(silent=True)
        outcome = answered(lambda: campaign.export(campaign_id, published if isinstance(published, dict) else None))
        if "answer" not in outcome:
            return _json(outcome, 409)
        return Response(outcome["answer"], content_type="application/zip")

    return doors


def _file(file: File) -> Response:
    described = {"file_name": file.file_name, "media_type": file.media_type, "size": file.size}
    headers = {"X-Chorus-File": orjson.dumps(described).hex(), "Cache-Control": "no-store"}
    return Response(file.chunks, content_type="application/octet-stream", headers=headers)


def _length(stream: BinaryIO) -> int:
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > LARGEST_COMMAND_BYTES:
        raise EOFError
    return int(length)


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) != size:
        raise EOFError
    return data


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, content_type="application/json")
