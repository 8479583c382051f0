"""Canonical JSON (RFC 8785) of our own objects: text, integers, booleans, lists and maps; no floats, no null."""

from __future__ import annotations

from typing import Any

import orjson

MAX_INTEGER = 2**53 - 1


class NotCanonical(ValueError):
    """The value has no place in a canonical document."""


def dumps(value: Any) -> bytes:
    """RFC 8785 bytes of `value`; raises NotCanonical for floats, null, foreign types and integers beyond 2^53."""
    try:
        if _plain(value):
            return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
        return orjson.dumps(_ordered(value))
    except (orjson.JSONEncodeError, RecursionError, UnicodeEncodeError) as error:
        raise NotCanonical(str(error)) from None


def _plain(value: Any) -> bool:
    """Checks every part; says whether byte order of the keys is the order that RFC 8785 asks for (UTF-16 units)."""
    kind = type(value)
    if kind is str or kind is bool:
        return True
    if kind is int:
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise NotCanonical("integer beyond 2^53")
        return True
    plain = True
    if kind is list or kind is tuple:
        for item in value:
            plain &= _plain(item)
        return plain
    if kind is dict:
        for key, item in value.items():
            plain &= _plain_key(key) & _plain(item)
        return plain
    raise NotCanonical(f"a {kind.__name__} has no canonical form")


def _plain_key(key: Any) -> bool:
    if type(key) is not str:
        raise NotCanonical("a key is text")
    return key.isascii() or max(key) < "\ud800"


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=lambda text: text.encode("utf-16-be"))}
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    return value
