"""A public leaf as the plans read it: what stands in the record of the stream, nothing added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from services.kit.stream.port import Record


@dataclass(frozen=True, slots=True)
class Leaf:
    """`sequence` is the event's place in the order of all events; `whole` is the leaf for the progress reducer."""

    id: str
    type: str
    campaign: str
    stream: str
    subject: str | None
    role: str
    actor: str | None
    time: datetime
    sequence: int
    data: Mapping[str, Any]
    whole: Mapping[str, Any]


def leaf_of(record: Record) -> Leaf:
    """Raises ValueError or KeyError for a record that carries no leaf: it is parked with its campaign."""
    whole = orjson.loads(record.envelope.data)
    if whole["campaign"] != record.envelope.partitionkey:
        raise ValueError("a leaf travels under its campaign's key")
    return Leaf(
        id=whole["id"],
        type=whole["type"],
        campaign=whole["campaign"],
        stream=whole["stream"],
        subject=whole.get("subject"),
        role=whole["actor"]["role"],
        actor=whole["actor"].get("id"),
        time=datetime.fromisoformat(whole["time"]),
        sequence=record.envelope.sequence,
        data=whole["data"],
        whole=whole,
    )
