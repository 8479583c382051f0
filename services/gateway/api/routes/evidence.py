"""Evidence: files on their way in, cut at their limit, and out, to nobody but its owner and staff."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from os import SEEK_END
from typing import IO, Any
from urllib.parse import quote

from flask import Response, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from services.contracts import commands_v1 as c
from services.gateway.accounts.current import caller, services
from services.gateway.api import queries, schemas
from services.gateway.api.endpoint import Endpoint, Inputs, act, ask, execute
from services.gateway.api.fields import Strict, Text
from services.gateway.api.reading import fault, invalid, load
from services.gateway.api.routes.campaigns import ONE
from services.gateway.api.routes.members import ME
from services.gateway.api.shapes import ANYTHING, COUNT, ID, TEXT, many, obj
from services.gateway.app_headers import FILE_POLICY
from services.kit.problems import Problem

MOST_FILE_BYTES = 10 * 1024 * 1024
_FORM_BYTES = 64 * 1024
_FILE_ERRORS = ("file-too-large", "file-type-mismatch", "file-type-unsupported", "file-empty", "file-unreadable")


class FileName(Strict):
    file_name = Text(255, required=True)


@contextmanager
def received_file(fields: Strict) -> Iterator[tuple[IO[bytes], dict[str, Any]]]:
    """The one file of a form in parts with its name and declared type, and the fields beside it."""
    request.max_content_length = MOST_FILE_BYTES + _FORM_BYTES
    if request.mimetype != "multipart/form-data":
        raise Problem("media-type-unsupported", 415)
    try:
        form, files = request.form, request.files
    except RequestEntityTooLarge:
        raise Problem("file-too-large", 413, {"max": MOST_FILE_BYTES}) from None
    told = load(fields, {name: value for name, value in form.items() if name not in ("csrf_token",) and value != ""})
    repeated = [name for name, values in form.lists() if len(values) > 1]
    unknown = [name for name in files if name != "file"]
    if repeated or unknown:
        raise invalid(
            *(fault("", name, "repeated") for name in repeated), *(fault("", n, "unknown-field") for n in unknown)
        )
    upload = files.get("file")
    if upload is None or not upload.filename or len(files.getlist("file")) > 1:
        raise invalid(fault("", "file", "missing" if upload is None or not upload.filename else "repeated"))
    told |= load(FileName(), {"file_name": upload.filename.replace("\\", "/").rpartition("/")[2]})
    told["declared_type"] = (upload.mimetype or "application/octet-stream")[:100]
    with upload.stream:
        yield cut(upload), told


def cut(upload: FileStorage) -> IO[bytes]:
    """The spooled part itself, from its beginning; refused past the limit."""
    size = upload.stream.seek(0, SEEK_END)
    if size > MOST_FILE_BYTES:
        raise Problem("file-too-large", 413, {"max": MOST_FILE_BYTES})
    upload.stream.seek(0)
    return upload.stream


def submit(inputs: Inputs) -> Any:
    with received_file(schemas.EvidenceFields()) as (body, told):
        return execute(c.SubmitEvidence(**inputs.path, **told), body=body)


def redact(inputs: Inputs) -> Any:
    with received_file(schemas.Nothing()) as (body, told):
        return execute(c.RedactEvidence(**inputs.path, **told), body=body)


def send_file(inputs: Inputs) -> Response:
    """As an attachment that no browser opens by itself."""
    path = inputs.path
    found = services().campaign.open_file(
        caller(), str(path["campaign"]), str(path["evidence"]), inputs.query["redacted"] == "1"
    )
    response = Response(found.chunks, mimetype=found.media_type)
    response.content_length = found.size
    name = quote(found.file_name, safe="")
    response.headers["Content-Disposition"] = f"attachment; filename=\"evidence\"; filename*=UTF-8''{name}"
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


ENDPOINTS = (
    Endpoint(
        "POST",
        f"{ME}/evidence",
        "submit-evidence",
        "Hand in a file of at most 10 MiB.",
        submit,
        tag="evidence",
        parts=schemas.EvidenceFields,
        status=201,
        errors=(*_FILE_ERRORS, "evidence-too-many"),
        answer=obj(evidence=ID, digest=TEXT, size=COUNT, media_type=TEXT),
    ),
    Endpoint(
        "POST",
        f"{ME}/evidence/<uuid:evidence>/redacted",
        "redact-evidence",
        "Hand in a copy with parts blackened.",
        redact,
        tag="evidence",
        parts=schemas.Nothing,
        status=201,
        errors=_FILE_ERRORS,
    ),
    act(
        "DELETE",
        f"{ME}/evidence/<uuid:evidence>",
        c.WithdrawEvidence,
        "Take a piece back.",
        tag="evidence",
        errors=("evidence-withdrawn",),
    ),
    ask(
        f"{ONE}/evidence",
        "evidence",
        "Staff: what was handed in.",
        query=queries.EvidencePage,
        tag="evidence",
        answer=obj(items=many(ANYTHING), next=ANYTHING),
    ),
    Endpoint(
        "GET",
        f"{ONE}/evidence/<uuid:evidence>/file",
        "open-evidence",
        "The file, to its owner and to staff.",
        send_file,
        tag="evidence",
        query=queries.WhichCopy,
        media="*/*",
    ),
    act(
        "POST",
        f"{ONE}/evidence/<uuid:evidence>/review",
        c.ReviewEvidence,
        "Accept, reject, or ask for more.",
        schemas.Review,
        tag="evidence",
        errors=("reason-missing", "evidence-withdrawn"),
    ),
    act(
        "PUT",
        f"{ONE}/evidence/<uuid:evidence>/kind",
        c.ClassifyEvidence,
        "Say what kind of evidence it is.",
        schemas.EvidenceKind,
        tag="evidence",
        errors=("evidence-withdrawn",),
    ),
)
