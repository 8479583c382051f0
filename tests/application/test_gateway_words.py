"""Gateway's words: both languages say the same things, and every code of a field has words."""

from __future__ import annotations

import re
from pathlib import Path

from services.gateway import wiring
from services.gateway.app_errors import describe
from services.kit.texts import Texts

TEXTS = Texts(wiring.HOME / "locales")
FACTS = {"max": 10, "min": 1, "length": 11, "allowed": "a, b"}


def test_both_languages_have_the_same_keys() -> None:
    assert TEXTS.locales == ("en", "zh-CN")
    assert TEXTS.keys("en") == TEXTS.keys("zh-CN")


def test_every_code_of_a_field_has_words() -> None:
    source = "".join(path.read_text("utf-8") for path in (Path(wiring.HOME) / "api").rglob("*.py"))
    codes = set(re.findall(r'\b(?:wrong|fault)\((?:"", [\w"]+, )?"([a-z-]+)"', source))
    codes |= {"missing", "null", "wrong-type", "unknown-field", "too-many", "too-few", "empty", "too-short"}
    assert {"too-long", "control-character", "offset-missing", "repeated"} <= codes
    for locale in TEXTS.locales:
        other = describe(TEXTS, "unknown-refusal", FACTS, locale)
        for code in codes:
            assert describe(TEXTS, code, FACTS, locale) != other, code
