"""The bytes of a message against the standard library's own message object, which says the same with more work."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.rendering.wire import addressed, dated, shared, whole

POLICY = email.policy.SMTP.clone(max_line_length=78)
NAMES = ["Chorus", "Chorus 合声", 'He said "x", Ltd.', "很长的名字" * 12, "a" * 90]
SUBJECTS = [
    "Please confirm",
    "请确认参加",
    "进展：" + "很长的标题" * 20,
    "word " * 23,
    "=?utf-8?b?eA==?= 合",
    "a" * 120,
]
ADDRESSES = [
    "wang@example.org", "a.b+c@x.example.org", "a..b@example.org", ".a@example.org", "o'hara@example.org",
    "=?utf-8?q?a?=@example.org", "用户@example.org", "w" * 64 + "@" + "long-label." * 9 + "example.org",
]  # fmt: skip
BODIES = [
    "a\n",
    "",
    "a line of words " * 30 + "\n",
    ".\n..\nFrom me\n-- \ntab\t\n=3D\n",
    "合声\n\n。\n",
    "é" * 500,
    "\n\n",
]


def read(data: bytes) -> Any:
    return email.message_from_bytes(data, policy=email.policy.default)


def by_hand(name: str, address: str, subject: str, text: str, html: str) -> tuple[str, bytes]:
    to, header = addressed(address)
    raw, at = not address.isascii(), datetime(2026, 3, 2, 1, tzinfo=UTC)
    sender = str(Address(name, addr_spec="chorus@chorus.example"))
    headers = (
        shared("From", sender, raw), header, shared("Subject", subject, raw), dated(at),
    )  # fmt: skip
    return to, whole(headers, text, html)


def by_library(name: str, address: str, subject: str, text: str, html: str) -> tuple[str, bytes]:
    local, _, domain = address.rpartition("@")
    message = EmailMessage(policy=POLICY if local.isascii() else POLICY.clone(utf8=True))
    message["From"] = Address(name, addr_spec="chorus@chorus.example")
    message["To"] = Address(username=local, domain=domain)
    message["Subject"] = subject
    message["Date"] = "Mon, 02 Mar 2026 01:00:00 +0000"
    message.set_content(text, cte="quoted-printable" if text.isascii() else "base64")
    message.add_alternative(html, subtype="html", cte="quoted-printable" if html.isascii() else "base64")
    return str(message["To"]), message.as_bytes()


def headers(data: bytes) -> list[bytes]:
    """As they are folded, but those of the bodies."""
    unfolded = re.findall(rb"(?ms)^\S[^\r]*\r\n(?:[ \t][^\r]*\r\n)*", data.split(b"\r\n\r\n")[0] + b"\r\n")
    return [one for one in unfolded if not one.startswith((b"MIME", b"Content-"))]


HEADS = [
    *((name, "Please confirm", address) for name in NAMES for address in ("wang@example.org", "用户@example.org")),
    *(("Chorus 合声", subject, address) for subject in SUBJECTS for address in ADDRESSES),
]


@pytest.mark.parametrize(("name", "subject", "address"), HEADS)
def test_headers_are_those_of_the_library(name: str, subject: str, address: str) -> None:
    ours, theirs = (build(name, address, subject, "t\n", "h\n") for build in (by_hand, by_library))
    assert ours[0] == theirs[0]
    assert headers(ours[1]) == headers(theirs[1])


def both_bodies(data: bytes) -> list[tuple[str, str, str]]:
    message = read(data)
    assert message.get_content_type() == "multipart/alternative"
    assert not message.defects
    assert all(not part.defects for part in message.iter_parts())
    return [
        (part.get_content_type(), part["Content-Transfer-Encoding"], part.get_content())
        for part in message.iter_parts()
    ]


@pytest.mark.parametrize("html", BODIES)
@pytest.mark.parametrize("text", BODIES)
def test_bodies_read_as_those_of_the_library(text: str, html: str) -> None:
    ours, theirs = (build("Chorus", "a@x.org", "s", text, html)[1] for build in (by_hand, by_library))
    assert both_bodies(ours) == both_bodies(theirs)


@given(st.text(st.characters(codec="utf-8", exclude_characters="".join(map(chr, range(11, 32))))))
def test_any_words_arrive_in_short_lines_of_seven_bits(words: str) -> None:
    text = words.removesuffix("\n") + "\n"
    data = whole((dated(datetime(2026, 3, 2, 1, tzinfo=UTC)),), text, text)
    assert data.isascii()
    assert all(len(line) <= 76 and b"\n" not in line and b"\r" not in line for line in data.split(b"\r\n")[6:])
    for _, _, body in both_bodies(data):
        assert body.replace("\r\n", "\n") == text


def test_a_header_of_several_lines_is_none() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        shared("Subject", "a\nBcc: x@example.org")


def test_no_address_of_a_person_is_kept_among_what_mails_share() -> None:
    shared.cache_clear()
    for address in ADDRESSES:
        addressed(address)
    assert shared.cache_info().currsize == 0
