"""Whatever file comes, the check answers with findings or with `unusable`, never with a traceback."""

import io
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from services.campaign.audit.findings import Unusable
from services.campaign.audit.verify import verify
from tests.support.exports import Auditor, canonical, exported, forged, packed, parts_of
from tests.support.history import whole_campaign

SOUND = exported(whole_campaign())
PARTS = parts_of(SOUND)
PLAIN = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, derandomize=True)


@pytest.fixture
def auditor(tmp_path: Path) -> Auditor:
    return Auditor(tmp_path)


@settings(PLAIN, max_examples=120)
@given(some.sampled_from(sorted(PARTS)), some.integers(0, 10**9), some.integers(1, 255))
def test_any_flip_of_a_byte_in_any_part_is_found(auditor: Auditor, part: str, place: int, change: int) -> None:
    content = bytearray(PARTS[part])
    content[place % len(content)] ^= change
    assert auditor.codes(packed({**PARTS, part: bytes(content)}))


@settings(PLAIN, max_examples=200)
@given(some.integers(0, len(SOUND) - 1), some.integers(1, 255))
def test_any_flip_of_a_byte_of_the_file_is_found_or_changes_no_part(auditor: Auditor, place: int, change: int) -> None:
    archive = bytearray(SOUND)
    archive[place] ^= change
    if not auditor.codes(bytes(archive)):
        assert parts_of(bytes(archive)) == PARTS


@settings(PLAIN, max_examples=60)
@given(
    some.sampled_from(("leaves.jsonl", "content.jsonl", "progress.json")),
    some.integers(0, 10**9),
    some.binary(max_size=9),
)
def test_a_forger_who_makes_the_digests_right_causes_no_traceback(
    auditor: Auditor, part: str, place: int, change: bytes
) -> None:
    content, at = PARTS[part], place % len(PARTS[part])
    auditor.codes(forged({**PARTS, part: content[:at] + change + content[at + len(change) :]}))


@settings(PLAIN, max_examples=60)
@given(some.integers(0, len(SOUND)))
def test_a_file_cut_off_is_unusable(auditor: Auditor, length: int) -> None:
    if length < len(SOUND):
        assert auditor.codes(SOUND[:length])[0].startswith("unusable")


@settings(PLAIN, max_examples=60)
@given(some.binary(max_size=2000))
def test_any_bytes_are_unusable(auditor: Auditor, junk: bytes) -> None:
    assert auditor.codes(junk)[0].startswith("unusable")


def test_no_file_or_a_folder(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "none.zip", "no-such-file"), (tmp_path, "not-an-export")):
        with pytest.raises(Unusable) as refused:
            verify(path)
        assert refused.value.code == code


def test_a_bomb_is_refused_before_it_unfolds(auditor: Auditor) -> None:
    bomb = b"\n" * (200 * 1024 * 1024)
    assert auditor.codes(forged({**PARTS, "leaves.jsonl": bomb})) == ["unusable: part-too-large"]
    assert auditor.codes(forged({**PARTS, "progress.json": bomb})) == ["unusable: part-too-large"]


def test_a_huge_line_is_refused(auditor: Auditor) -> None:
    line = b"".join(zlib.crc32(bytes([n % 256, n // 256])).to_bytes(4, "big").hex().encode() for n in range(60_000))
    assert auditor.codes(forged({**PARTS, "content.jsonl": line + b"\n"})) == ["unusable: line-too-long"]
    assert auditor.codes(forged({**PARTS, "leaves.jsonl": line})) == ["unusable: line-too-long"]


def test_a_last_line_without_its_end_is_refused(auditor: Auditor) -> None:
    cut = {**PARTS, "leaves.jsonl": PARTS["leaves.jsonl"][:-1]}
    assert auditor.codes(forged(cut)) == ["unusable: cut-off"]


def test_a_part_twice_an_encrypted_part_and_a_foreign_packing_are_refused(auditor: Auditor) -> None:
    sink = io.BytesIO(SOUND)
    with zipfile.ZipFile(sink, "a") as archive, pytest.warns(UserWarning):
        archive.writestr("leaves.jsonl", b"")
    assert auditor.codes(sink.getvalue()) == ["unusable: part-twice"]
    foreign = io.BytesIO()
    with zipfile.ZipFile(foreign, "w", zipfile.ZIP_LZMA) as archive:
        for name, part in PARTS.items():
            archive.writestr(name, part)
    assert auditor.codes(foreign.getvalue()) == ["unusable: part-unreadable"]


@pytest.mark.parametrize(
    "manifest",
    [
        {"size": -1}, {"size": True}, {"size": "38"}, {"campaign": "x"}, {"campaign": 7}, {"format": "zip/9"},
        {"parts": []}, {"parts": {"leaves.jsonl": {"bytes": 1}}}, {"parts": {"leaves.jsonl": 7}}, {"more": 1},
    ],
)  # fmt: skip
def test_a_manifest_that_makes_no_sense_is_unusable(auditor: Auditor, manifest: dict[str, Any]) -> None:
    stated = {**json.loads(PARTS["manifest.json"]), **manifest}
    assert auditor.codes(packed({**PARTS, "manifest.json": canonical(stated)}))[0].startswith("unusable")


@pytest.mark.parametrize(
    "numbers",
    [b"", b"7", b"[]", b"{}", b'{"document":[],"origin":"published"}', b"[" * 100_000, b'{"document":{"size":1e999}}'],
)
def test_numbers_that_make_no_sense_are_a_finding(auditor: Auditor, numbers: bytes) -> None:
    assert auditor.codes(forged({**PARTS, "progress.json": numbers})) == ["numbers-unreadable"]


def test_more_findings_than_are_kept_are_all_counted(auditor: Auditor) -> None:
    junk = b"{}\n" * 5000
    report = auditor.report(forged({**PARTS, "leaves.jsonl": junk}))
    assert report["count"] > 5000
    assert len(report["findings"]) == 1000
