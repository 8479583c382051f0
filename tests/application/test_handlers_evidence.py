"""Evidence on its way in: what a file must be, what is kept of it, how much of it, and what organizers say about it."""

import io
import zlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pikepdf
import pytest
from PIL import Image

from services.campaign.adapters.file_sniffing import FileSniffer
from services.campaign.application import evidence as limits
from services.campaign.application.intake import LARGEST_FILE
from services.campaign.domain.evidence import Evidence
from services.contracts import commands_v1 as c
from tests.support.campaign_house import TEXT_FILE, House, Person
from tests.support.given_when_then import refused, refuses
from tests.support.stores import in_parallel


def picture(kind: str, size: tuple[int, int] = (8, 8)) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", size, "white").save(made, kind)
    return made.getvalue()


def pdf(password: str | None = None) -> bytes:
    made = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page()
        document.save(made, encryption=pikepdf.Encryption(owner=password, user=password) if password else False)
    return made.getvalue()


PNG, JPEG, WEBP, PDF = picture("PNG"), picture("JPEG"), picture("WEBP"), pdf()
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def huge_png() -> bytes:
    """A few hundred bytes that say they are 30,000 by 30,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    header = (30_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "name", "declared", "media_type"),
    [
        (PNG, "a.png", "image/png", "image/png"),
        (JPEG, "IMG_1.JPG", "image/jpg", "image/jpeg"),
        (JPEG + b"trailing bytes of a phone", "a.jpeg", "", "image/jpeg"),
        (WEBP, "a.webp", "application/octet-stream", "image/webp"),
        (PDF, "账单.pdf", "application/pdf", "application/pdf"),
        (TEXT_FILE, "chat.txt", "text/plain; charset=utf-8", "text/plain"),
        (b"\xef\xbb\xbfBM 8047\r\n\ttab", "chat.txt", "", "text/plain"),
    ],
)
def test_a_file_that_is_what_it_says(content: bytes, name: str, declared: str, media_type: str) -> None:
    assert FileSniffer().inspect(content, name, declared) == media_type


@pytest.mark.parametrize(
    ("content", "name", "declared", "code"),
    [
        (PDF, "x.png", "", "file-type-mismatch"),
        (PNG, "x.jpg", "", "file-type-mismatch"),
        (PNG, "x.png", "image/jpeg", "file-type-mismatch"),
        (PNG, "x.png", "text/html", "file-type-mismatch"),
        (b"junk" * 200 + PDF, "x.pdf", "", "file-type-mismatch"),
        (b"GIF89a/*<script>alert(1)</script>*/", "x.gif", "image/gif", "file-type-unsupported"),
        (b"GIF89a/*<script>alert(1)</script>*/", "x.png", "", "file-type-mismatch"),
        (SVG, "x.svg", "image/svg+xml", "file-type-unsupported"),
        (SVG, "x.png", "", "file-type-mismatch"),
        (SVG, "x.txt", "", "file-type-mismatch"),
        (b"<!DOCTYPE html><html>", "x.txt", "", "file-type-mismatch"),
        (b"<?xml version='1.0'?>", "x.txt", "", "file-type-mismatch"),
        (PDF, "x.txt", "", "file-type-mismatch"),
        (b"PK\x03\x04docx", "x.docx", "", "file-type-unsupported"),
        (b"MZ\x90\x00", "x.exe", "", "file-type-unsupported"),
        (b"text\x00with NUL", "x.txt", "", "file-type-mismatch"),
        ("中文".encode("gbk"), "x.txt", "", "file-type-mismatch"),
        (PNG, "png", "", "file-type-unsupported"),
        (PNG, "a.png/../../x", "", "file-type-unsupported"),
        (PNG[:40], "x.png", "", "file-unreadable"),
        (b"%PDF-1.7\nnothing more", "x.pdf", "", "file-unreadable"),
        (pdf("secret"), "x.pdf", "", "file-encrypted"),
        (huge_png(), "x.png", "", "picture-too-large"),
        (b"", "x.png", "", "file-empty"),
    ],
)
def test_a_file_that_is_not(content: bytes, name: str, declared: str, code: str) -> None:
    with refuses(code):
        FileSniffer().inspect(content, name, declared)


@pytest.fixture
def wang(house: House, li: Person) -> Person:
    return house.person("wang.qiang@example.org", "王强").enters(li.campaign)


def hands_in(person: Person, content: bytes, name: str = "a.txt", kind: str = "communication") -> dict[str, Any]:
    return person.does(c.SubmitEvidence, content, kind=kind, file_name=name, declared_type="")


def blobs(house: House) -> list[Path]:
    return list((house.folder / "evidence").iterdir())


def test_the_bytes_are_kept_encrypted_and_their_digest_is_told(house: House, wang: Person) -> None:
    answer = hands_in(wang, TEXT_FILE)
    (blob,) = blobs(house)
    assert TEXT_FILE not in blob.read_bytes()
    opened = house.service.open_file(wang.caller, wang.campaign, answer["evidence"], False)
    assert b"".join(opened.chunks) == TEXT_FILE
    assert (answer["size"], answer["media_type"], len(answer["digest"])) == (len(TEXT_FILE), "text/plain", 64)


def test_of_a_refused_file_nothing_is_kept(house: House, li: Person, wang: Person) -> None:
    with refused("file-type-mismatch"):
        hands_in(wang, PDF, "fake.png", "screenshot")
    with refused("invalid-choice"):
        hands_in(wang, TEXT_FILE, kind="rumour")
    with refused("file-empty"):
        hands_in(wang, b"")
    with refused("not-a-member"):
        hands_in(li, TEXT_FILE)
    evidence = UUID(hands_in(wang, TEXT_FILE)["evidence"])
    wang.does(c.WithdrawEvidence, evidence=evidence)
    with refused("evidence-withdrawn"):
        wang.does(c.RedactEvidence, TEXT_FILE, evidence=evidence, file_name="a.txt", declared_type="")
    assert len(blobs(house)) == 1


class Endless(io.RawIOBase):
    """A body without end, whatever its sender announced; counts what was read of it."""

    taken = 0

    def read(self, size: int = -1) -> bytes:
        self.taken += size
        return b"a" * size


def test_a_body_without_end_is_cut_at_the_limit(house: House, wang: Person) -> None:
    body = Endless()
    command = c.SubmitEvidence(UUID(wang.campaign), "communication", "a.txt", "")
    with refused("file-too-large", limit=LARGEST_FILE):
        house.service.execute(c.Request(command, wang.caller), body)  # type: ignore[arg-type]
    assert body.taken <= LARGEST_FILE + 2 * 65_536


def test_uploads_at_once_never_pass_the_limit(house: House, wang: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_FILES", 3)
    hands_in(wang, TEXT_FILE)
    outcomes = in_parallel([lambda: hands_in(wang, TEXT_FILE)] * 10)
    assert sum(isinstance(outcome, dict) for outcome in outcomes) == 2
    assert len(blobs(house)) == 3
    with refused("evidence-too-many", files=3):
        hands_in(wang, TEXT_FILE)


def test_the_bytes_of_one_member_are_limited_too(house: House, wang: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 2 * len(TEXT_FILE))
    hands_in(wang, TEXT_FILE)
    hands_in(wang, TEXT_FILE)
    with refused("evidence-too-many", bytes=2 * len(TEXT_FILE)):
        hands_in(wang, b"x")
    assert len(blobs(house)) == 2


def test_a_retried_upload_stores_no_second_file(house: House, wang: Person) -> None:
    command = c.SubmitEvidence(UUID(wang.campaign), "communication", "a.txt", "")

    def uploads() -> dict[str, Any]:
        request = c.Request(command, wang.caller, idempotency_key="once")
        return house.service.execute(request, io.BytesIO(TEXT_FILE))

    assert uploads() == uploads()
    assert len(blobs(house)) == 1


def test_organizers_review_and_members_of_the_same_campaign_see_nothing(house: House, li: Person, wang: Person) -> None:
    zhao = house.person("zhao.min@example.org", "赵敏").enters(li.campaign)
    evidence = UUID(hands_in(wang, TEXT_FILE)["evidence"])
    li.does(c.ReviewEvidence, evidence=evidence, verdict="more-needed", note="请补充扣款记录")
    li.does(c.ClassifyEvidence, evidence=evidence, kind="transaction-record")
    li.does(c.RedactEvidence, TEXT_FILE, evidence=evidence, file_name="a.txt", declared_type="")
    wang.does(c.RedactEvidence, TEXT_FILE, evidence=evidence, file_name="a.txt", declared_type="")
    with refused("not-found"):
        zhao.does(c.WithdrawEvidence, evidence=evidence)
    with refused("not-found"):
        zhao.does(c.RedactEvidence, TEXT_FILE, evidence=evidence, file_name="a.txt", declared_type="")
    with refused("reason-missing"):
        li.does(c.ReviewEvidence, evidence=evidence, verdict="rejected")
    found = house.service.commands.desk.aggregates.load(Evidence, evidence)
    assert (found.state, found.kind) == ("more-needed", "transaction-record")


def test_nothing_is_captured_in_the_future(house: House, wang: Person) -> None:
    tomorrow = house.clock.now() + timedelta(days=1)
    with refused("happened-in-future"):
        wang.does(c.SubmitEvidence, b"x", kind="communication", file_name="a.txt", declared_type="", captured=tomorrow)
