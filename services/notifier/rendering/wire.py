"""A message as its bytes travel: headers as the standard library folds them, two bodies in seven bits.

The library's own message object parses and folds each header of each mail anew, and each header of its bodies. Here it
is asked once for what many mails share, and for an address that is not of the plain form.
"""

from __future__ import annotations

import base64
import binascii
import email.policy
import re
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

_POLICY: Final = email.policy.SMTP.clone(max_line_length=78)
_RAW: Final = _POLICY.clone(utf8=True)
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/^_`{|}~-]+"
_PLAIN: Final = re.compile(rf"(?=.{{3,70}}\Z){_ATOM}(?:\.{_ATOM})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
"""Stands in a header as it is: nothing to quote, to encode or to fold."""
_BOUNDARY: Final = "=_chorus"
"""Neither of the two encodings of a body ever writes `=_`."""
_BETWEEN: Final = f"--{_BOUNDARY}\r\n".encode()
_PARTS: Final = (
    f'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{_BOUNDARY}"\r\n\r\n'
).encode() + _BETWEEN


@lru_cache(maxsize=64)
def shared(name: str, value: str, raw: bool = False) -> bytes:
    """A header that many mails have in common, never one of a single person; `raw`: in UTF-8 instead of encoded words.

    Raises ValueError for a value of several lines.
    """
    policy = _RAW if raw else _POLICY
    return policy.fold_binary(*policy.header_store_parse(name, value))


def addressed(address: str) -> tuple[str, bytes]:
    """Of `local@domain`: the address for the envelope, and the header To."""
    if _PLAIN.fullmatch(address):
        return address, f"To: {address}\r\n".encode("ascii")
    local, _, domain = address.rpartition("@")
    policy = _POLICY if local.isascii() else _RAW
    name, to = policy.header_store_parse("To", Address(username=local, domain=domain))
    return str(to), policy.fold_binary(name, to)


def dated(at: datetime) -> bytes:
    return f"Date: {format_datetime(at)}\r\n".encode("ascii")


def whole(headers: Sequence[bytes], text: str, html: str) -> bytes:
    """Both bodies say the same; the last line of each ends."""
    return b"".join((*headers, _PARTS, *_part("plain", text), b"\r\n", _BETWEEN, *_part("html", html), _END))


_END: Final = f"\r\n--{_BOUNDARY}--\r\n".encode()


def _part(subtype: str, text: str) -> tuple[bytes, bytes]:
    """Every server takes seven bits."""
    plain = text.isascii()
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: '
    head += "quoted-printable\r\n\r\n" if plain else "base64\r\n\r\n"
    body = "".join((text.removesuffix("\n"), "\n"))
    if plain:
        return head.encode(), binascii.b2a_qp(body.encode()).replace(b"\n", b"\r\n")
    return head.encode(), base64.encodebytes(body.replace("\n", "\r\n").encode()).replace(b"\n", b"\r\n")
