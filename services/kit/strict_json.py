"""Reading JSON of strangers: exactly RFC 8259 in UTF-8, one meaning per document, bounded in size and depth.

The C scanner of the standard library does the work (3 us for a small object); the hooks refuse what it
would let pass: repeated keys, NaN, numbers out of range. Depth is measured before parsing.
"""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

MAX_INTEGER = 2**53 - 1
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_STRING_OR_BRACKET = re.compile(rb'"(?:[^"\\]|\\.)*"|[][{}]', re.DOTALL)


class BadJson(ValueError):
    """The bytes are refused: `code` says why, `where` names the place (a position or a key)."""

    def __init__(self, code: str, where: str = "") -> None:
        super().__init__(f"{code} {where}".rstrip())
        self.code = code
        self.where = where


def loads(data: bytes, *, max_bytes: int = 262_144, max_depth: int = 32) -> Any:
    if len(data) > max_bytes:
        raise BadJson("too-large")
    if data.startswith(_BOMS):
        raise BadJson("byte-order-mark")
    if data.count(b"[") + data.count(b"{") > max_depth and _depth(data) > max_depth:
        raise BadJson("too-deep")
    try:
        text = data.decode("utf-8")
        value = _DECODER.decode(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        raise BadJson("not-utf-8", str(error.start)) from None
    except UnicodeEncodeError:
        raise BadJson("lone-surrogate") from None
    except json.JSONDecodeError as error:
        raise BadJson("malformed", str(error.pos)) from None
    return value


def _depth(data: bytes) -> int:
    deepest = depth = 0
    for match in _STRING_OR_BRACKET.finditer(data):
        token = match[0]
        if token in (b"[", b"{"):
            depth += 1
            deepest = max(deepest, depth)
        elif token in (b"]", b"}"):
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise BadJson("duplicate-key", key[:80])
            seen.add(key)
    return fields


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(number := int(digits)) > MAX_INTEGER:
        raise BadJson("integer-too-large", digits[:20])
    return number


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise BadJson("number-too-large", digits[:20])
    return number


def _constant(name: str) -> NoReturn:
    raise BadJson("not-a-number", name)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)
