"""Each event type as data, read from its class: clear fields with their schema, committed fields with their kind."""

import types
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.campaign.audit.meanings import EVENTS as MEANINGS
from services.campaign.domain.base import ErasedType, Recorded
from services.campaign.domain.events import EVENTS

Schema = dict[str, Any]
_FRAME: Final = frozenset((*Recorded.__dataclass_fields__, "originator_topic"))
_CODE: Final = {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_./+-]{0,63}$"}
"""Clear text is always a code: no words of people fit in here."""
_MONEY: Final = {"type": "string", "pattern": "^[0-9]{1,12}([.][0-9]{1,3})?$"}
_CURRENCY: Final = {"type": "string", "pattern": "^[A-Z]{3}$"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_SUMS: Final = {"type": "object", "propertyNames": _CURRENCY, "additionalProperties": _MONEY}
_NARROWER: Final[Mapping[tuple[str, str], Schema]] = {
    ("ballot.opened", "options"): {"type": "integer", "minimum": 2, "maximum": 9},
    ("vote.cast", "option"): {"type": "integer", "minimum": 1, "maximum": 9},
    ("campaign.outcome_recorded", "results"): {
        "type": "object", "propertyNames": {"type": "string", "pattern": "^[1-9]$"}, "additionalProperties": _CODE,
    },
    ("campaign.outcome_recorded", "offered"): _SUMS,
    ("campaign.outcome_recorded", "paid"): _SUMS,
    ("membership.claim_stated", "currency"): _CURRENCY,
}  # fmt: skip
_UUID: Final = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_KINDS: Final[Mapping[Any, Schema]] = {
    str: _CODE,
    int: _COUNT,
    bool: {"type": "boolean"},
    UUID: {"type": "string", "format": "uuid", "pattern": _UUID},
    date: {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    datetime: {
        "type": "string", "format": "date-time",
        "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
    },
    Decimal: _MONEY,
}  # fmt: skip
_SUBJECT: Final = {
    "campaign": "never", "membership": "always", "evidence": "always", "contact": "sometimes", "filing": "sometimes",
    "ballot": "never", "vote": "never",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ClearField:
    name: str
    schema: Schema
    optional: bool


@dataclass(frozen=True, slots=True)
class CommittedField:
    """`value` is the JSON type of what the disclosure holds."""

    name: str
    kind: str
    value: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Described:
    """`subject`: whether its leaves name a member: always, sometimes (a member's own), never."""

    type: str
    version: int
    meaning: str
    creates: bool
    subject: str
    clear: tuple[ClearField, ...]
    committed: tuple[CommittedField, ...]

    @property
    def aggregate(self) -> str:
        return self.type.partition(".")[0]

    @property
    def file_name(self) -> str:
        return f"{self.type}.v{self.version}.json"


def described() -> tuple[Described, ...]:
    """Every event type, in the order of the vocabulary. Raises KeyError for one without a sentence that explains it."""
    return tuple(_describe(topic, event_class) for topic, event_class in EVENTS.items())


def _describe(topic: str, event_class: type[Recorded]) -> Described:
    hints = get_type_hints(event_class, include_extras=True)
    clear: list[ClearField] = []
    committed: list[CommittedField] = []
    for field in fields(event_class):
        if field.name in _FRAME:
            continue
        hint, mark = hints[field.name], None
        if get_origin(hint) is Annotated:
            hint, mark = get_args(hint)[0], hint.__metadata__[0]
        kind, optional = _kind(hint)
        if mark is None:
            schema = _NARROWER.get((topic, field.name)) or _schema(kind)
            clear.append(ClearField(field.name, schema, optional))
        else:
            committed.append(CommittedField(field.name, mark, str(_schema(kind)["type"]), optional))
    return Described(
        topic, int(getattr(event_class, "class_version", 1)), MEANINGS[topic],
        issubclass(event_class, Aggregate.Created), _SUBJECT[topic.partition(".")[0]], tuple(clear), tuple(committed),
    )  # fmt: skip


def _kind(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    kinds = [kind for kind in get_args(hint) if kind not in (type(None), ErasedType)]
    return kinds[0], type(None) in get_args(hint)


def _schema(kind: Any) -> Schema:
    if get_origin(kind) is list:
        return {"type": "array", "items": _schema(get_args(kind)[0])}
    if get_origin(kind) is dict:
        return {"type": "object", "propertyNames": _CODE, "additionalProperties": _schema(get_args(kind)[1])}
    return _KINDS[kind]
