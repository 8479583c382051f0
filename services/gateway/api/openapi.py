"""The OpenAPI 3.1 document, made from the same rows as the routes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from services.contracts.codes import CODES
from services.gateway.api import fields, schemas
from services.gateway.api.endpoint import Endpoint
from services.gateway.api.fields import Strict
from services.gateway.api.queries import Number
from services.gateway.api.shapes import ENTRY_FIELDS, PROBLEM_FIELDS, PROGRESS_FIELDS

Json = dict[str, Any]
_PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")
_PROBLEM: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_ABOUT: Final = (
    "Collective complaint campaigns about digital wallets. Reading public progress needs no token; people sign in by a "
    "link that is mailed to them. Times are RFC 3339 with an offset, money is decimal text, unknown fields are "
    "refused. Refusals are RFC 9457 problem documents with a stable `code`; `Accept-Language` or `?lang=` chooses "
    "their language."
)
_TAGS: Final = {
    "accounts": "Signing in and out.",
    "campaigns": "Starting, publishing, changing and ending a campaign.",
    "members": "Joining, confirming, and one's own record.",
    "evidence": "Files: handing in, reviewing, opening.",
    "contacts": "Calls and messages with a provider, and what was promised.",
    "filings": "Complaints handed to a channel, their deadlines and answers.",
    "ballots": "Asking the members.",
    "casework": "Playbooks: jurisdictions, steps and problems.",
    "people": "Organizers, auditors, and the list of members.",
    "progress": "Public numbers, entries, feeds and the live stream.",
    "history": "Replay and export of the verifiable history.",
}
_WORDS: Final = {200: "Done.", 201: "Created.", 202: "Taken; what follows comes by mail.", 204: "Done."}
_HEADERS: Final = (
    ("Idempotency-Key", "Makes a retry return the first answer.", {"type": "string", "minLength": 1, "maxLength": 200,
     "pattern": "^[!-~]+$"}),
    ("If-Match", "The version that was shown; another one is refused with `stale-version`.", {"type": "string",
     "pattern": '^"?[0-9]{1,9}"?$'}),
)  # fmt: skip


def document(endpoints: Sequence[Endpoint], prefix: str) -> Json:
    plugin = MarshmallowPlugin(schema_name_resolver=lambda schema: _name(schema))
    spec = APISpec(
        title="Chorus 合声",
        version="1",
        openapi_version="3.1.0",
        plugins=[plugin],
        info={"description": _ABOUT, "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"}},
        servers=[{"url": prefix}],
        tags=[{"name": name, "description": about} for name, about in _TAGS.items()],
    )
    converter: Any = plugin.converter
    converter.map_to_openapi_type(fields.Word, "string", None)
    converter.map_to_openapi_type(Number, "integer", None)
    for name, shape in (("Progress", PROGRESS_FIELDS), ("Entry", ENTRY_FIELDS), ("Problem", PROBLEM_FIELDS)):
        spec.components.schema(name, shape)
    spec.components.security_scheme("session", {"type": "http", "scheme": "bearer"})
    for endpoint in endpoints:
        spec.path(_path(endpoint.path), operations={endpoint.method.lower(): _operation(endpoint, converter)})
    told: Json = spec.to_dict()
    return told


def _name(schema: Any) -> str:
    return schema.__name__ if isinstance(schema, type) else type(schema).__name__


def _path(rule: str) -> str:
    return _PARAMETER.sub(lambda found: "{" + found["name"] + "}", rule)


def _operation(endpoint: Endpoint, converter: Any) -> Json:
    operation: Json = {
        "operationId": endpoint.name,
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "security": [{"session": []}] if endpoint.person == "signed-in" else [],
        "parameters": _parameters(endpoint, converter),
        "responses": _responses(endpoint),
    }
    if endpoint.parts is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"multipart/form-data": {"schema": _parts(endpoint.parts(), converter)}},
        }
    elif endpoint.body is not None:
        content = {"application/json": {"schema": endpoint.body}}
        operation["requestBody"] = {"required": endpoint.body is not schemas.Nothing, "content": content}
    return operation


def _parameters(endpoint: Endpoint, converter: Any) -> list[Json]:
    found: list[Json] = [
        {"in": "path", "name": p["name"], "required": True, "schema": _kind(p["kind"])}
        for p in _PARAMETER.finditer(endpoint.path)
    ]
    found += converter.schema2parameters(endpoint.query(), location="query")
    if (endpoint.method != "GET" and endpoint.person == "signed-in") or endpoint.name == "join-campaign":
        found += [
            {"in": "header", "name": name, "required": False, "description": about, "schema": shape}
            for name, about, shape in _HEADERS
            if name != "If-Match" or "stale-version" in endpoint.errors
        ]
    return found


def _kind(converter: str | None) -> Json:
    if converter == "uuid":
        return {"type": "string", "format": "uuid"}
    return {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-z0-9-]+$"}


def _parts(fields: Strict, converter: Any) -> Json:
    """The fields of the schema and the file, in one object that takes nothing else."""
    told: Json = converter.schema2jsonschema(fields)
    file = {"type": "string", "contentMediaType": "application/octet-stream", "maxLength": 10 * 1024 * 1024}
    properties = {**told.get("properties", {}), "file": file}
    required = [*told.get("required", ()), "file"]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _responses(endpoint: Endpoint) -> Json:
    answer: Json = {"description": _WORDS[endpoint.status]}
    if endpoint.status != 204:
        answer["content"] = {endpoint.media: {"schema": dict(endpoint.answer)}}
    responses: Json = {str(endpoint.status): answer}
    by_status: dict[int, list[str]] = {}
    for code in sorted({*endpoint.errors, *_usual(endpoint)}):
        by_status.setdefault(CODES[code], []).append(code)
    for status in sorted(by_status):
        codes = ", ".join(f"`{code}`" for code in by_status[status])
        responses[str(status)] = {"description": f"Refused: {codes}.", "content": _PROBLEM}
    return responses


def _usual(endpoint: Endpoint) -> set[str]:
    """What any endpoint of its kind may refuse."""
    codes = {"too-busy", "invalid", "bad-host", "not-found"}
    if endpoint.person == "signed-in":
        codes |= {"not-signed-in", "not-permitted"}
    if endpoint.body is not None or endpoint.parts is not None:
        codes |= {"bad-json", "body-too-large", "media-type-unsupported", "idempotency-key-reused", "conflict"}
    elif endpoint.method != "GET":
        codes |= {"conflict", "idempotency-key-reused", "idempotency-key-malformed"}
    return codes
