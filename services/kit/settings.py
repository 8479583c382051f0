"""Settings as frozen dataclasses: each field names its variable, its default and, in one sentence, what it does."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

S = TypeVar("S")
_MISSING = dataclasses.MISSING


class BadSetting(ValueError):
    """A setting is missing or unreadable; names the variable, never its value."""


@dataclasses.dataclass(frozen=True)
class Described:
    """One row of the table of settings."""

    name: str
    kind: str
    default: str
    sentence: str


@dataclasses.dataclass(frozen=True)
class Setting:
    """Annotates a field: `port: Annotated[int, Setting("CHORUS_PORT", "Port to listen on.")] = 8000`."""

    name: str
    sentence: str


class Secret(str):
    """Text that does not show itself in a representation."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "(secret)"


def read(cls: type[S], environment: Mapping[str, str]) -> S:
    """Builds `cls` from variables, or the files that `<name>_FILE` name; raises BadSetting naming all at fault."""
    values: dict[str, Any] = {}
    faults: list[str] = []
    for field, mark, hint in _fields(cls):
        try:
            text = _text(mark.name, environment)
            if text is not None:
                values[field.name] = _parse(hint, text)
            elif field.default is _MISSING:
                faults.append(f"{mark.name} is missing")
        except (ValueError, OSError):
            faults.append(f"{mark.name} is not a readable {_kind(hint)}")
    if faults:
        raise BadSetting("; ".join(faults))
    return cls(**values)


def describe(cls: type[Any]) -> list[Described]:
    """The table of settings, in the order of the class."""
    return [
        Described(mark.name, _kind(hint), _shown(field.default), mark.sentence) for field, mark, hint in _fields(cls)
    ]


def _fields(cls: type[Any]) -> Iterator[tuple[dataclasses.Field[Any], Setting, Any]]:
    hints = get_type_hints(cls, include_extras=True)
    for field in dataclasses.fields(cls):
        hint, mark = get_args(hints[field.name])[:2]
        yield field, mark, hint


def _text(name: str, environment: Mapping[str, str]) -> str | None:
    if path := environment.get(f"{name}_FILE"):
        return Path(path).read_text(encoding="utf-8").strip()
    return environment.get(name) or None


def _bool(text: str) -> bool:
    known = {"true": True, "yes": True, "1": True, "on": True, "false": False, "no": False, "0": False, "off": False}
    if (word := text.strip().lower()) not in known:
        raise ValueError(word)
    return known[word]


def _texts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


_PARSERS: dict[Any, Callable[[str], Any]] = {
    str: str,
    Secret: Secret,
    int: int,
    float: float,
    bool: _bool,
    Path: Path,
}


_KINDS: dict[Any, str] = {str: "text", int: "number", float: "number", bool: "yes or no"}


def _parse(hint: Any, text: str) -> Any:
    hint = _without_none(hint)
    if get_origin(hint) is tuple:
        return _texts(text)
    choices = get_args(hint)
    if choices:
        if text not in choices:
            raise ValueError(text)
        return text
    return _PARSERS[hint](text)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        (hint,) = (part for part in get_args(hint) if part is not type(None))
    return hint


def _kind(hint: Any) -> str:
    hint = _without_none(hint)
    if get_origin(hint) is tuple:
        return "list"
    choices = get_args(hint)
    return " | ".join(choices) if choices else _KINDS.get(hint, str(hint.__name__).lower())


def _shown(default: Any) -> str:
    if default is _MISSING:
        return "(required)"
    if isinstance(default, Secret):
        return "(secret)"
    if isinstance(default, tuple):
        return ",".join(default)
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None else str(default)
