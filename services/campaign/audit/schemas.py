"""JSON Schemas (2020-12) of the leaf and of every event type, as documents ready to be written."""

from typing import Any, Final

from services.campaign.audit.describe import Described
from services.contracts.leaf_v1 import ROLES

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_ID: Final = {"type": "string", "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"}
_TIME: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"

LEAF: Final[dict[str, Any]] = {
    "$schema": DIALECT,
    "$id": "leaf.v1.json",
    "title": "Leaf, version 1",
    "description": "One event of a campaign's public history: RFC 8785 JSON, clear fields in `data`, salted digests "
    "(RFC 9901) in place of everything personal and of all words.",
    "type": "object",
    "required": ["actor", "campaign", "data", "id", "n", "stream", "time", "type", "v", "version"],
    "additionalProperties": False,
    "dependentRequired": {"_sd": ["_sd_alg"], "_sd_alg": ["_sd"]},
    "properties": {
        "v": {"const": 1, "description": "version of this format"},
        "id": {**_ID, "description": "the event's own random id"},
        "type": {"type": "string", "pattern": "^[a-z]+[.][a-z]+(_[a-z]+)*$"},
        "version": {"type": "integer", "minimum": 1, "description": "version of this event type"},
        "campaign": _ID,
        "stream": {**_ID, "description": "the aggregate's id"},
        "n": {"type": "integer", "minimum": 1, "description": "position in its stream, gapless from 1"},
        "subject": {**_ID, "description": "on events about one member: their random id in this campaign"},
        "actor": {
            "type": "object",
            "required": ["role"],
            "additionalProperties": False,
            "properties": {"role": {"enum": sorted(ROLES)}, "id": _ID},
        },
        "time": {"type": "string", "pattern": _TIME, "description": "UTC; cut to the hour where there is a subject"},
        "data": {"type": "object"},
        "_sd": {
            "type": "array",
            "minItems": 4,
            "uniqueItems": True,
            "items": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
            "description": "sorted; padded with decoys to a multiple of 4",
        },
        "_sd_alg": {"const": "sha-256"},
    },
}


def of(event: Described) -> dict[str, Any]:
    """The schema of one event type's leaves; `x-` keys say what JSON Schema has no word for."""
    schema: dict[str, Any] = {
        "$schema": DIALECT,
        "$id": event.file_name,
        "title": event.type,
        "description": event.meaning,
        "allOf": [{"$ref": "leaf.v1.json"}],
        "required": _required(event),
        "properties": {
            "type": {"const": event.type},
            "version": {"const": event.version},
            "data": {
                "type": "object",
                "required": [field.name for field in event.clear if not field.optional],
                "additionalProperties": False,
                "properties": {field.name: field.schema for field in event.clear},
            },
        },
        "x-creates": event.creates,
        "x-subject": event.subject,
        "x-committed": {
            field.name: {"kind": field.kind, "value": field.value, "optional": field.optional}
            for field in event.committed
        },
    }
    if event.subject == "never":
        schema["properties"]["subject"] = False
    if not event.committed:
        schema["properties"]["_sd"] = False
    return schema


def _required(event: Described) -> list[str]:
    return (["_sd"] if event.committed else []) + (["subject"] if event.subject == "always" else [])
