"""JSON at the doors: strict reading of strangers' bytes, canonical writing of our own."""

from __future__ import annotations

import json
import string
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from services.kit import canonical_json, strict_json
from services.kit.strict_json import BadJson


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "malformed"),
        (b"{", "malformed"),
        (b"{} {}", "malformed"),
        (b"{'a':1}", "malformed"),
        (b'{"a":1,}', "malformed"),
        (b"[01]", "malformed"),
        (b'"a\nb"', "malformed"),
        (b'{"a":1,"a":2}', "duplicate-key"),
        (b'{"a":1,"\\u0061":2}', "duplicate-key"),
        (b'[{"x":{"k":1,"k":1}}]', "duplicate-key"),
        (b"NaN", "not-a-number"),
        (b'{"a":-Infinity}', "not-a-number"),
        (b"1e400", "number-too-large"),
        (b"[-1e999]", "number-too-large"),
        (b"9007199254740992", "integer-too-large"),
        (b"[-9007199254740992]", "integer-too-large"),
        (b"1" * 5000, "integer-too-large"),
        (b'"\\ud800"', "lone-surrogate"),
        (b'{"\\udc00x":1}', "lone-surrogate"),
        (b'"\xed\xa0\x80"', "not-utf-8"),
        (b'"\xff"', "not-utf-8"),
        (b'"\xc0\x80"', "not-utf-8"),
        ("{}".encode("utf-16"), "byte-order-mark"),
        ("{}".encode("utf-16-le"), "malformed"),
        ('{"a":1}'.encode("utf-32-be"), "malformed"),
        (b"\xef\xbb\xbf{}", "byte-order-mark"),
        (b"[" * 33 + b"]" * 33, "too-deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too-deep"),
        (b"[" * 100_000, "too-deep"),
        (b'"' + b"a" * 262_144 + b'"', "too-large"),
    ],
)
def test_hostile_bytes_are_refused_by_code(data: bytes, code: str) -> None:
    with pytest.raises(BadJson) as refused:
        strict_json.loads(data)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"[" * 32 + b"]" * 32, None),
        (b"[" + b"[]," * 500 + b"[]]", [[]] * 501),
        (b'["' + b"[{" * 200 + b'\\"["]', ["[{" * 200 + '"[']),
        (b"9007199254740991", 2**53 - 1),
        (b"-0", 0),
        ('"\\ud83d\\ude00 合声"'.encode(), "😀 合声"),
        (b' {"a" : [1.5, true, null]}\r\n\t', {"a": [1.5, True, None]}),
    ],
)
def test_ordinary_bytes_are_read(data: bytes, value: Any) -> None:
    got = strict_json.loads(data)
    assert value is None or got == value


def test_a_refusal_says_where() -> None:
    with pytest.raises(BadJson) as refused:
        strict_json.loads(b'{"name":1,"name":2}')
    assert refused.value.where == "name"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, st.booleans())
def test_what_is_read_is_what_another_parser_reads(value: Any, ascii_only: bool) -> None:
    data = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        got = strict_json.loads(data)
    except BadJson:
        assert not _fit(value)
    else:
        assert _fit(value)
        assert got == orjson.loads(data)


@given(st.text(alphabet='[]{}",:\\u0dD8e+-.19 na\ud800', max_size=30))
def test_noise_is_read_as_the_exact_checker_reads_it(noise: str) -> None:
    data = noise.encode("utf-8", "surrogatepass")
    expected = _slowly(data)
    try:
        assert [strict_json.loads(data)] == expected
    except BadJson:
        assert expected == []


def _fit(value: Any) -> bool:
    if isinstance(value, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, float):
        return value == value and abs(value) != float("inf")
    if isinstance(value, dict):
        return all(_fit(key) and _fit(item) for key, item in value.items())
    if isinstance(value, list):
        return all(_fit(item) for item in value)
    return not isinstance(value, int) or abs(value) < 2**53


class _Pairs(list[tuple[str, Any]]):
    pass


def _slowly(data: bytes) -> list[Any]:
    """The plain way: parse to pairs, then look at every part; a list of one value, or of none when refused."""
    try:
        tree = json.loads(data.decode("utf-8"), object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return []
    return [_resolve(tree)] if _sound(tree, 0) else []


def _sound(tree: Any, depth: int) -> bool:
    if isinstance(tree, _Pairs):
        keys = [key for key, _ in tree]
        return len(set(keys)) == len(keys) and depth < 32 and all(_fit(k) and _sound(v, depth + 1) for k, v in tree)
    if isinstance(tree, list):
        return depth < 32 and all(_sound(item, depth + 1) for item in tree)
    return _fit(tree)


def _resolve(tree: Any) -> Any:
    if isinstance(tree, _Pairs):
        return {key: _resolve(value) for key, value in tree}
    if isinstance(tree, list):
        return [_resolve(item) for item in tree]
    return tree


OURS = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=6),
    max_leaves=30,
)


@given(OURS)
def test_canonical_bytes_are_those_of_rfc_8785(value: Any) -> None:
    assert canonical_json.dumps(value) == rfc8785.dumps(value)


def test_keys_are_ordered_by_utf_16_units() -> None:
    value: Any = {"\ue000": 1, "😀": 2, "a": {"\uffff": True, "𐀀": False}}
    assert canonical_json.dumps(value) == rfc8785.dumps(value)
    assert canonical_json.dumps(value).startswith('{"a":{"𐀀"'.encode())


@pytest.mark.parametrize("value", [1.0, None, 2**53, {"a": None}, [0.5], {1: "a"}, b"x", "\ud800", {"\ud800": 1}])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(canonical_json.NotCanonical):
        canonical_json.dumps(value)


def test_all_printable_text_survives() -> None:
    value = {letter: letter for letter in string.printable}
    assert strict_json.loads(canonical_json.dumps(value)) == value
