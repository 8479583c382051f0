"""Text typed by people, at the door."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.plain_text import BadText, clean


def test_text_is_brought_to_one_form() -> None:
    assert clean("e\u0301té 冻结", max_characters=10) == "été 冻结"
    assert clean("a\r\nb\rc\td", max_characters=10, lines=True) == "a\nb\nc\td"


@pytest.mark.parametrize(
    ("text", "lines", "code"),
    [
        ("a\0b", True, "control-character"),
        ("a\x0bb", True, "control-character"),
        ("a\x1bb", True, "control-character"),
        ("a\x85b", True, "control-character"),
        ("a\nb", False, "control-character"),
        ("a\u2028b", False, "control-character"),
        ("a\ud800", False, "lone-surrogate"),
        ("a" * 11, False, "too-long"),
        ("e\u0301" * 11, False, "too-long"),
        ("a" * 10_000_000, False, "too-long"),
    ],
)
def test_what_no_keyboard_makes_is_refused(text: str, lines: bool, code: str) -> None:
    with pytest.raises(BadText) as refused:
        clean(text, max_characters=10, lines=lines)
    assert refused.value.code == code


def test_bytes_are_bounded_too() -> None:
    assert clean("冻结", max_characters=10, max_bytes=6) == "冻结"
    with pytest.raises(BadText, match="too-long"):
        clean("冻结", max_characters=10, max_bytes=5)


@given(st.text(max_size=60), st.booleans())
def test_what_passes_is_clean_and_stays_as_it_is(text: str, lines: bool) -> None:
    try:
        once = clean(text, max_characters=40, lines=lines)
    except BadText:
        return
    assert once == clean(once, max_characters=40, lines=lines)
    assert unicodedata.is_normalized("NFC", once)
    assert len(once) <= 40
    assert "\0" not in once
    assert len(once.encode()) <= 160
