"""Text typed by people: one normal form, bounded, without characters that no keyboard makes."""

from __future__ import annotations

import re
import unicodedata

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_CONTROL_OR_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class BadText(ValueError):
    """The text is refused: `lone-surrogate`, `control-character` or `too-long`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean(text: str, *, max_characters: int, max_bytes: int | None = None, lines: bool = False) -> str:
    """`text` in NFC with plain newlines; tab and newline only where `lines` are allowed.

    `max_bytes` counts UTF-8 and is four times `max_characters` where not given. Raises BadText.
    """
    if len(text) > 4 * max_characters + 4:
        raise BadText("too-long")
    if _SURROGATE.search(text):
        raise BadText("lone-surrogate")
    if lines:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if (_CONTROL if lines else _CONTROL_OR_LINE).search(text):
        raise BadText("control-character")
    normal = unicodedata.normalize("NFC", text)
    if len(normal) > max_characters or len(normal.encode()) > (max_bytes or 4 * max_characters):
        raise BadText("too-long")
    return normal
