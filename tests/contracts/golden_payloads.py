"""A sample of every event type, as first written; `python -m tests.contracts.golden_payloads` adds new ones."""

from __future__ import annotations

import json
import types
from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.campaign.audit.describe import Described, described
from services.campaign.domain.base import ErasedType, Recorded
from services.campaign.domain.events import EVENTS
from services.campaign.vault.encoder import StoredLeaf, encode
from tests.support.history import entropy_of

FOLDER = Path(__file__).parent / "golden"
CAMPAIGN = UUID("7d0c2a52-8c43-4f0e-9a11-3c1d5b7e9f01")
STREAM = UUID("3e2d1c0b-9a8f-4e7d-b6c5-a4f3e2d1c0b9")
SUBJECT = UUID("b2f6c1de-5a77-4e0b-8f2d-90aa1c3e4d05")
ACTOR = UUID("e1a4d7c0-2b93-4d6f-a5c8-7f0e1d2c3b4a")
EVENT = UUID("5f0d9a3c-7e21-4b84-9c06-d1e2f3a4b5c6")
SPECIAL: dict[str, Any] = {
    "timezone": "Asia/Shanghai", "currency": "CNY", "results": {"1": "met", "2": "refused"},
    "offered": {"CNY": "5593.00"}, "paid": {"CNY": "5593.00", "USD": "12.00"}, "options": 2, "option": 1,
    "locale": "zh-CN", "step": "cn-psp-formal", "to_step": "cn-pbc-12363", "warnings": ["one-body-at-a-time"],
}  # fmt: skip
BY_KIND: dict[Any, Any] = {
    str: "sample",
    int: 3,
    bool: True,
    UUID: UUID("0c9e8d7b-6a5f-4e3d-b2c1-a0f9e8d7c6b5"),
    date: date(2026, 3, 24),
    datetime: datetime(2026, 4, 2, 12, 0, tzinfo=UTC),
    Decimal: Decimal("328.50"),
}


def entropy() -> Any:
    return entropy_of(7)


def sample(event: Described) -> Recorded:
    """The event with every field filled."""
    event_class = EVENTS[event.type]
    subject = SUBJECT if event.subject == "always" else None
    stream = {"campaign": CAMPAIGN, "membership": SUBJECT}.get(event.aggregate, STREAM)
    state: dict[str, Any] = {
        "originator_id": stream,
        "originator_version": 1 if event.creates else 2,
        "timestamp": datetime(2026, 3, 2, 2, 0, tzinfo=UTC),
        "event_id": EVENT,
        "campaign": CAMPAIGN,
        "role": "organizer",
        "actor": ACTOR,
        "subject": subject,
    }
    if issubclass(event_class, Aggregate.Created):
        state["originator_topic"] = event.aggregate
    hints = get_type_hints(event_class, include_extras=True)
    for field in fields(event_class):
        if field.name not in state:
            words = get_origin(hints[field.name]) is Annotated
            state[field.name] = _value(field.name, hints[field.name], words)
    made = object.__new__(event_class)
    object.__setattr__(made, "__dict__", state)
    return made


def _value(name: str, hint: Any, words: bool) -> Any:
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(kind for kind in get_args(hint) if kind not in (type(None), ErasedType))
    if name in SPECIAL and not words:
        return SPECIAL[name]
    if get_origin(hint) is list:
        return [_value("", get_args(hint)[0], words)] * 2
    return f"{name} 例" if words and hint is str else BY_KIND[hint]


def as_golden(leaf: StoredLeaf) -> dict[str, Any]:
    return {"leaf": json.loads(leaf.state), "personal": leaf.personal, "text": leaf.text}


def leaf_bytes(golden: dict[str, Any]) -> bytes:
    return json.dumps(golden["leaf"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def main() -> None:
    """Writes what is missing; a golden payload that is there is never changed."""
    for event in described():
        path = FOLDER / event.file_name
        if not path.exists():
            golden = as_golden(encode(sample(event), entropy()))
            path.write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
