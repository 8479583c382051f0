"""Commands as JSON and back, by the types of their fields: what travels through campaign's internal door."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from services.contracts.commands_v1 import COMMANDS, Caller, Command, Request

ANYONE: Final = Caller()
_PARTS: Final = frozenset({"command", "args", "caller", "idempotency_key", "expected_version", "correlation"})
_NAMES: Final[dict[type[Any], tuple[str, ...]]] = {}
Convert = Callable[[Any], Any]
_HEX = re.compile(r"(?:[0-9a-f]{2})+", re.ASCII)


class BadWire(ValueError):
    """No command of ours; names the place, never the value."""


def to_wire(request: Request) -> dict[str, Any]:
    """JSON values only: ids, days, instants and money as text."""
    wire: dict[str, Any] = {"command": type(request.command).__name__, "args": _plain(request.command)}
    if request.caller is not ANYONE and request.caller != ANYONE:
        wire["caller"] = _plain(request.caller)
    for name in ("idempotency_key", "expected_version", "correlation"):
        value = getattr(request, name)
        if value is not None:
            wire[name] = value
    return wire


def from_wire(wire: Any) -> Request:
    """Raises BadWire for an unknown command or field, a missing one, or a value of another type."""
    if not isinstance(wire, dict):
        raise BadWire("an item is an object")
    if extra := wire.keys() - _PARTS:
        raise BadWire(f"unknown: {', '.join(sorted(extra))}")
    kind = COMMANDS.get(str(wire.get("command")))
    if kind is None:
        raise BadWire("unknown command")
    return Request(
        command=_read(kind, wire.get("args")),
        caller=caller_from(wire["caller"]) if "caller" in wire else ANYONE,
        idempotency_key=_optional(wire, "idempotency_key", str),
        expected_version=_optional(wire, "expected_version", int),
        correlation=_optional(wire, "correlation", str),
    )


def caller_from(wire: Any) -> Caller:
    caller: Caller = _read(Caller, wire)
    if caller.person is not None and not _HEX.fullmatch(caller.person):
        raise BadWire("Caller.person")
    return caller


def caller_to(caller: Caller) -> dict[str, Any]:
    plain: dict[str, Any] = _plain(caller)
    return plain


def _optional(wire: Mapping[str, Any], name: str, kind: type) -> Any:
    value = wire.get(name)
    if value is not None and type(value) is not kind:
        raise BadWire(name)
    return value


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is int or kind is bool:
        return value
    if kind is UUID:
        return str(value)
    names = _NAMES.get(kind)
    if names is None and is_dataclass(value):
        names = _NAMES[kind] = tuple(f.name for f in fields(value))
    if names is not None:
        return {name: _plain(item) for name in names if (item := getattr(value, name)) is not None}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | Decimal) else value


def _read(kind: type[Any], wire: Any) -> Any:
    if not isinstance(wire, dict):
        raise BadWire(f"{kind.__name__}: an object was expected")
    readers = _READERS.get(kind) or _READERS.setdefault(kind, _readers(kind))
    if unknown := wire.keys() - readers.keys():
        raise BadWire(f"{kind.__name__}: unknown {', '.join(sorted(unknown))}")
    values: dict[str, Any] = {}
    for name, (read, needed) in readers.items():
        if name in wire:
            try:
                values[name] = read(wire[name])
            except (ValueError, TypeError, InvalidOperation) as error:
                raise BadWire(f"{kind.__name__}.{name}") from error
        elif needed:
            raise BadWire(f"{kind.__name__}.{name} is missing")
    return kind(**values)


def _readers(kind: type[Any]) -> dict[str, tuple[Convert, bool]]:
    hints = get_type_hints(kind)
    return {f.name: (_reader(hints[f.name]), _needed(f)) for f in fields(kind)}


def _needed(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _reader(hint: Any) -> Convert:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        (some,) = (part for part in get_args(hint) if part is not type(None))
        read = _reader(some)
        return lambda value: None if value is None else read(value)
    if origin is list:
        each = _reader(get_args(hint)[0])
        return lambda value: [each(item) for item in _exactly(list)(value)]
    if origin is dict:
        key, item = (_key(get_args(hint)[0]), _reader(get_args(hint)[1]))
        return lambda value: {key(name): item(part) for name, part in _exactly(dict)(value).items()}
    if is_dataclass(hint):
        return lambda value: _read(hint, value)  # type: ignore[arg-type]
    return _SCALARS[hint]


def _key(hint: Any) -> Convert:
    return int if hint is int else _exactly(str)


def _exactly(kind: type) -> Convert:
    def exactly(value: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(kind.__name__)
        return value

    return exactly


def _text_of(read: Callable[[str], Any]) -> Convert:
    return lambda value: read(_exactly(str)(value))


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("an instant has an offset")
    return at


_READERS: dict[type[Any], dict[str, tuple[Convert, bool]]] = {}
_SCALARS: dict[Any, Convert] = {
    str: _exactly(str),
    int: _exactly(int),
    bool: _exactly(bool),
    UUID: _text_of(UUID),
    Decimal: _text_of(Decimal),
    date: _text_of(date.fromisoformat),
    datetime: _text_of(_instant),
}

__all__ = ["BadWire", "Command", "caller_from", "caller_to", "from_wire", "to_wire"]
