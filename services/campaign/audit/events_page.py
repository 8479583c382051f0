"""The reference of all events as a Markdown page: one table per aggregate."""

from collections.abc import Iterable
from itertools import groupby

from services.campaign.audit.describe import ClearField, Described
from services.campaign.audit.meanings import AGGREGATES

_INTRODUCTION = """# Events

The whole public history of a campaign consists of these events. This page is generated from the event classes
(`make generate`); the JSON Schema of each type lies in `services/contracts/schemas/`.

Each event is stored as its **leaf**: one object of canonical JSON (RFC 8785) with `id`, `type`, `version`, `campaign`,
`stream`, `n` (place in its stream, from 1), `actor`, `time`, `data` and, where it is about one member, `subject`.
`data` holds the **clear** fields, by allow-list of the type: codes, ids, days, whole numbers, money. A **committed**
field stands in the leaf only as a salted digest in `_sd` (RFC 9901): *personal* values are sealed under the person's
own key and gone with it after an erasure; *text* is public words, given beside the leaf and removable one by one.

Optional fields are marked `?`; absent ones are left out. Types change only by adding; a changed meaning is a new
version.
"""
_SUBJECT = {
    "always": "Its leaves always name the member (`subject`).",
    "sometimes": "Its leaves name the member (`subject`) where it is a member's own.",
    "never": "Its leaves never name a member.",
}


def page(events: Iterable[Described]) -> str:
    parts = [_INTRODUCTION]
    for aggregate, group in groupby(events, key=lambda event: event.aggregate):
        rows = list(group)
        parts.append(f"\n## {aggregate}\n\n{AGGREGATES[aggregate]} {_SUBJECT[rows[0].subject]}\n\n")
        parts.append("| event | when | clear | committed |\n|---|---|---|---|\n")
        parts.extend(map(_row, rows))
    return "".join(parts)


def _row(event: Described) -> str:
    clear = ", ".join(map(_clear, event.clear)) or "none"
    committed = ", ".join(f"`{field.name}` {field.kind}" for field in event.committed) or "none"
    version = "" if event.version == 1 else f" v{event.version}"
    return f"| `{event.type}`{version} | {event.meaning} | {clear} | {committed} |\n"


def _clear(field: ClearField) -> str:
    return f"`{field.name}{'?' if field.optional else ''}` {_kind(field)}"


def _kind(field: ClearField) -> str:
    kind = str(field.schema["type"])
    if kind == "array":
        return "codes" if field.schema["items"]["type"] == "string" else "numbers"
    if kind == "string":
        return _text_kind(field)
    return {"integer": "number", "boolean": "yes/no", "object": "map"}[kind]


def _text_kind(field: ClearField) -> str:
    named = {"uuid": "id", "date": "day", "date-time": "instant"}
    if "format" in field.schema:
        return named[field.schema["format"]]
    return {"^[0-9]": "money", "^[A-Z]": "currency"}.get(field.schema["pattern"][:6], "code")
