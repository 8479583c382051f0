"""How each field of an event type is marked, written into a leaf, and read back."""

import types
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from eventsourcing.utils import get_topic

from services.campaign.domain.base import ErasedType, Recorded

LARGEST_INTEGER: Final = 2**53 - 1
_FRAME: Final = frozenset(
    (*Recorded.__dataclass_fields__, "originator_topic")  # the leaf names these in keys of their own
)
Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an event type: its mark (None = clear) and the conversions to and from JSON values."""

    name: str
    mark: str | None
    write: Convert
    read: Convert


def topic_of(event_class: type[Recorded]) -> str:
    return get_topic(event_class)


def version_of(event_class: type[Recorded]) -> int:
    return int(getattr(event_class, "class_version", 1))


@cache
def event_fields(event_class: type[Recorded]) -> tuple[Field, ...]:
    """The fields of its own, in the order of their declaration; raises TypeError for a kind no leaf can hold."""
    hints = get_type_hints(event_class, include_extras=True)
    return tuple(_field(f.name, hints[f.name]) for f in fields(event_class) if f.name not in _FRAME)


def _field(name: str, hint: Any) -> Field:
    mark = None
    if get_origin(hint) is Annotated:
        hint, mark = get_args(hint)[0], hint.__metadata__[0]
    write, read = _conversions(name, hint)
    return Field(name, mark, write, read)


def _conversions(name: str, hint: Any) -> tuple[Convert, Convert]:
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind not in (type(None), ErasedType)]
        if len(kinds) != 1:
            raise TypeError(f"{name}: a field is of one kind")
        hint = kinds[0]
    if get_origin(hint) is list:
        write, read = _conversions(name, get_args(hint)[0])
        return _each(write), _each(read)
    if get_origin(hint) is dict:
        keys, values = get_args(hint)
        if keys is not str:
            raise TypeError(f"{name}: keys are text")
        write, read = _conversions(name, values)
        return _values(write), _values(read)
    try:
        return _KINDS[hint]
    except KeyError:
        raise TypeError(f"{name}: {hint} has no form in a leaf") from None


def _each(convert: Convert) -> Convert:
    def each(value: Any) -> Any:
        if not isinstance(value, list):
            raise TypeError(f"a list was expected, not {type(value).__name__}")
        return [convert(item) for item in value]

    return each


def _values(convert: Convert) -> Convert:
    def values(value: Any) -> Any:
        if not isinstance(value, dict) or not all(type(key) is str and key.isascii() for key in value):
            raise TypeError("a map with ASCII keys was expected")
        return {key: convert(item) for key, item in value.items()}

    return values


def _exactly(kind: type) -> Convert:
    def exactly(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{kind.__name__} was expected, not {type(value).__name__}")
        return value

    return exactly


def _integer(value: Any) -> int:
    if type(value) is not int or not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
        raise TypeError("an integer below 2^53 was expected")
    return value


def _money(value: Any) -> str:
    if type(value) is not Decimal or not value.is_finite():
        raise TypeError("a finite Decimal was expected")
    return format(value, "f")


def _day(value: Any) -> str:
    if type(value) is not date:
        raise TypeError("a date was expected")
    return value.isoformat()


def _instant(value: Any) -> str:
    if not isinstance(value, datetime) or value.utcoffset() is None or value.microsecond:
        raise TypeError("an aware instant, cut to the second, was expected")
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant_of(text: str) -> datetime:
    """Reads `YYYY-MM-DDTHH:MM:SSZ`; raises ValueError for anything else."""
    if len(text) != 20 or text[10] != "T" or text[19] != "Z":
        raise ValueError("an instant is YYYY-MM-DDTHH:MM:SSZ")
    return datetime.fromisoformat(text)


def _id(value: Any) -> str:
    return str(cast(UUID, _exactly(UUID)(value)))


_KINDS: Final[dict[Any, tuple[Convert, Convert]]] = {
    str: (_exactly(str), _exactly(str)),
    int: (_integer, _integer),
    bool: (_exactly(bool), _exactly(bool)),
    UUID: (_id, UUID),
    date: (_day, date.fromisoformat),
    datetime: (_instant, instant_of),
    Decimal: (_money, Decimal),
}
