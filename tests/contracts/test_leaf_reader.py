"""The strict reader of leaves: what it takes, and each thing that it refuses by name."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.contracts.leaf_v1 import BadLeaf, parse
from services.contracts.registry import registry
from tests.contracts.golden_payloads import FOLDER

VECTOR = (
    '{"actor":{"role":"system"},"campaign":"7d0c2a52-8c43-4f0e-9a11-3c1d5b7e9f01","data":{"deadline":"2026-03-24",'
    '"step":"cn-psp-formal"},"id":"a1b2c3d4-e5f6-4789-8abc-def012345678","n":4,'
    '"stream":"3e2d1c0b-9a8f-4e7d-b6c5-a4f3e2d1c0b9","time":"2026-03-24T16:00:00Z","type":"filing.deadline_lapsed",'
    '"v":1,"version":1}'
)
JOINED = json.loads((FOLDER / "membership.joined.v1.json").read_text(encoding="utf-8"))["leaf"]


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def refusal(raw: bytes) -> tuple[str, str]:
    with pytest.raises(BadLeaf) as refused:
        registry().check(parse(raw))
    return refused.value.code, refused.value.where


def test_the_vector_of_the_format_is_read() -> None:
    leaf = parse(VECTOR.encode())
    registry().check(leaf)
    assert (leaf.type, leaf.n, leaf.role, leaf.actor, leaf.subject, leaf.digests) == (
        "filing.deadline_lapsed", 4, "system", None, None, None,
    )  # fmt: skip
    assert leaf.data == {"deadline": "2026-03-24", "step": "cn-psp-formal"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text.replace('{"actor"', '{ "actor"'), "not-canonical"),
        (lambda text: text.replace('"v":1,"version":1', '"version":1,"v":1'), "not-canonical"),
        (lambda text: text.replace('"system"', '"s\\u0079stem"'), "not-canonical"),
        (lambda text: text.replace('"n":4', '"n":4,"n":4'), "duplicate-key"),
        (lambda text: text.replace('"n":4', '"n":4.0'), "float"),
        (lambda text: text.replace('"n":4', '"n":NaN'), "float"),
        (lambda text: text.replace('"n":4', '"n":9007199254740993'), "integer-too-large"),
        (lambda text: text.replace('"n":4', '"n":true'), "wrong-type"),
        (lambda text: text.replace('"n":4', '"n":0'), "wrong-type"),
        (lambda text: text.replace('"2026-03-24"', "null"), "null"),
        (lambda text: text[:-1], "not-json"),
        (lambda text: text + "\n", "not-canonical"),
        (lambda text: "[" * 5000 + "]" * 5000, "not-json"),
        (lambda text: '{"a":"\\ud800"}', "not-json"),
        (lambda text: "7", "wrong-type"),
        (lambda text: '"' + "x" * 70_000 + '"', "leaf-too-long"),
        (lambda text: text.replace("2026-03-24T16:00:00Z", "2026-03-24T16:00:00+00:00"), "wrong-time"),
        (lambda text: text.replace("2026-03-24T16:00:00Z", "2026-02-30T16:00:00Z"), "wrong-time"),
        (lambda text: text.replace("2026-03-24T16:00:00Z", "0001-01-01T16:00:00Z"), "wrong-time"),
        (lambda text: text.replace("a1b2c3d4", "A1B2C3D4"), "wrong-id"),
        (lambda text: text.replace('"role":"system"', '"role":"member of parliament"'), "wrong-actor"),
        (lambda text: text.replace('"role":"system"', '"name":"x","role":"system"'), "wrong-actor"),
        (lambda text: text.replace('"v":1', '"v":2'), "unknown-format"),
        (lambda text: text.replace('"version":1', '"version":9'), "unknown-event-type"),
        (lambda text: text.replace("filing.deadline_lapsed", "filing.vanished"), "unknown-event-type"),
        (lambda text: text.replace('"deadline":"2026-03-24"', '"deadline":"20260324"'), "wrong-field"),
        (lambda text: text.replace('"cn-psp-formal"', '"call me maybe"'), "wrong-field"),
        (lambda text: text.replace('"deadline":"2026-03-24",', ""), "missing-field"),
        (lambda text: text.replace('"n":4', '"n":1'), "wrong-place-in-stream"),
    ],
)
def test_what_is_refused(change: Callable[[str], str], code: str) -> None:
    assert refusal(change(VECTOR).encode())[0] == code


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in JOINED.items() if name != key}


@pytest.mark.parametrize(
    ("leaf", "code", "where"),
    [
        (without("actor"), "missing-key", "actor"),
        ({**JOINED, "extra": 1}, "unknown-key", "extra"),
        (without("_sd_alg"), "wrong-digests", "_sd_alg"),
        ({**JOINED, "_sd_alg": "md5"}, "wrong-digests", "_sd_alg"),
        ({**JOINED, "_sd": JOINED["_sd"][:3]}, "wrong-digests", "_sd"),
        ({**JOINED, "_sd": JOINED["_sd"][::-1]}, "wrong-digests", "_sd"),
        ({**JOINED, "_sd": [JOINED["_sd"][0]] * 4}, "wrong-digests", "_sd"),
        ({**JOINED, "_sd": [*JOINED["_sd"][:3], "z" * 43]}, "wrong-digests", "_sd"),
        ({**JOINED, "time": "2026-03-02T02:10:00Z"}, "time-not-cut", "time"),
        ({**JOINED, "subject": JOINED["campaign"]}, "wrong-stream", "subject"),
        ({**without("subject")}, "wrong-stream", "subject"),
        ({**JOINED, "data": {"locale": 5}}, "wrong-field", "data.locale"),
        ({**JOINED, "data": {"locale": "en", "名": "x"}}, "key-not-ascii", "名"),
        ({**JOINED, "data": []}, "wrong-type", "data"),
    ],
)
def test_what_is_refused_of_a_member_event(leaf: dict[str, Any], code: str, where: str) -> None:
    assert refusal(canonical(leaf)) == (code, where)


@given(some.integers(0, len(VECTOR) - 1), some.integers(1, 255))
def test_no_change_of_a_byte_raises_anything_but_bad_leaf(at: int, change: int) -> None:
    raw = bytearray(VECTOR.encode())
    raw[at] ^= change
    try:
        leaf = parse(bytes(raw))
    except BadLeaf:
        return
    assert canonical(leaf.whole) == bytes(raw)


@given(some.binary(max_size=300))
def test_no_bytes_raise_anything_but_bad_leaf(raw: bytes) -> None:
    with pytest.raises(BadLeaf):
        parse(raw)
