"""Shapes of answers in the words of JSON Schema, for the document."""

from __future__ import annotations

from typing import Any

Shape = dict[str, Any]

TEXT: Shape = {"type": "string"}
ID: Shape = {"type": "string", "format": "uuid"}
COUNT: Shape = {"type": "integer"}
TRUTH: Shape = {"type": "boolean"}
DAY: Shape = {"type": "string", "format": "date"}
INSTANT: Shape = {"type": "string", "format": "date-time"}
ANYTHING: Shape = {}
EMPTY: Shape = {"type": "object"}


def maybe(shape: Shape) -> Shape:
    return {"anyOf": [shape, {"type": "null"}]}


def many(shape: Shape) -> Shape:
    return {"type": "array", "items": shape}


def by_key(shape: Shape) -> Shape:
    return {"type": "object", "additionalProperties": shape}


def obj(optional: tuple[str, ...] = (), **properties: Shape) -> Shape:
    """All are there but those named as optional; more may come."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required}


BOTH: Shape = obj(zh=TEXT, en=TEXT)
PROGRESS: Shape = {"$ref": "#/components/schemas/Progress"}
ENTRY: Shape = {"$ref": "#/components/schemas/Entry"}
WARNINGS: Shape = many(TEXT)
LIST: Shape = many(EMPTY)
PROGRESS_FIELDS: Shape = {
    "type": "object",
    "description": "Public numbers of one campaign, a function of the first `size` events of its history.",
    "properties": {
        "campaign": ID,
        "size": COUNT,
        "time": maybe(TEXT),
        "state": {"type": "string", "enum": ["draft", "open", "suspended", "resolved", "closed"]},
        "jurisdiction": TEXT,
        "timezone": TEXT,
        "problem": TEXT,
        "members_confirmed": COUNT,
        "members_pending": COUNT,
        "members_withdrawn": COUNT,
        "members_invalidated": COUNT,
        "claims": COUNT,
        "claimed": by_key(TEXT),
        "evidence_accepted": COUNT,
        "filings": by_key(COUNT),
        "step": maybe(TEXT),
        "next_deadline": maybe(DAY),
        "backing": by_key(COUNT),
        "offered": by_key(TEXT),
        "paid": by_key(TEXT),
        "feed": COUNT,
    },
    "required": ["campaign", "size", "state"],
}
ENTRY_FIELDS: Shape = obj(
    campaign=ID,
    number=COUNT,
    index=COUNT,
    event=ID,
    kind=TEXT,
    time=TEXT,
    data={"type": "object"},
    text={"type": "object"},
    numbers={"type": "object"},
)
PROBLEM_FIELDS: Shape = obj(
    optional=("instance", "errors"),
    type=TEXT,
    title=TEXT,
    status=COUNT,
    detail=TEXT,
    code=TEXT,
    instance=TEXT,
    errors=many(obj(optional=("field",), pointer=TEXT, code=TEXT, detail=TEXT, field=TEXT)),
)
