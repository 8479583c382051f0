"""The evidence store: complete or absent, under random names, gone when deleted; one suite for every adapter."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.campaign.adapters.evidence_folder import EvidenceFolder
from services.campaign.adapters.evidence_names import new_name
from services.campaign.adapters.evidence_s3 import PART, S3Evidence
from services.campaign.application.evidence_store import EvidenceStore
from services.kit.failures import PermanentFailure, TemporaryFailure
from tests.support import s3

Naming = Callable[[], str]
Opener = Callable[..., EvidenceStore]
MIB = 1024 * 1024


def in_a_folder(tmp_path: Path) -> Opener:
    return lambda name=new_name: EvidenceFolder(tmp_path / "evidence", name)


def in_a_bucket(_tmp_path: Path) -> Opener:
    bucket = s3.bucket()
    return lambda name=new_name: S3Evidence(bucket.place, bucket.access, name)


def in_a_part_of_a_bucket(_tmp_path: Path) -> Opener:
    bucket = s3.bucket()
    return lambda name=new_name: S3Evidence(f"{bucket.place}/evidence", bucket.access, name)


ADAPTERS = {"folder": in_a_folder, "s3": in_a_bucket, "s3-prefix": in_a_part_of_a_bucket}


@pytest.fixture(params=ADAPTERS)
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    return ADAPTERS[request.param](tmp_path)


@pytest.fixture
def evidence(opened: Opener) -> EvidenceStore:
    return opened()


def later() -> datetime:
    return datetime.now(UTC) + timedelta(seconds=5)


def test_bytes_come_back(evidence: EvidenceStore) -> None:
    content = bytes(range(256)) * 1000
    name = evidence.put(content[at : at + 7000] for at in range(0, len(content), 7000))
    assert b"".join(evidence.open(name)) == content
    assert evidence.exists(name)


def test_a_large_file_comes_back(evidence: EvidenceStore) -> None:
    content = bytes(range(251)) * (2 * PART // 251 + 1000)
    name = evidence.put(content[at : at + MIB] for at in range(0, len(content), MIB))
    assert b"".join(evidence.open(name)) == content


def test_names_are_random(evidence: EvidenceStore) -> None:
    assert evidence.put([b"same"]) != evidence.put([b"same"])


def test_an_empty_file_is_a_file(evidence: EvidenceStore) -> None:
    assert b"".join(evidence.open(evidence.put([]))) == b""


def test_deleting_is_repeatable(evidence: EvidenceStore) -> None:
    name = evidence.put([b"bytes"])
    evidence.delete(name)
    evidence.delete(name)
    assert not evidence.exists(name)
    with pytest.raises(PermanentFailure, match="evidence-missing"):
        evidence.open(name)


@pytest.mark.parametrize("name", ["../secrets/pepper", "", ".", "0" * 31, "0" * 33, "A" * 32, "0" * 32 + "\n"])
def test_a_name_that_is_not_ours_is_missing(evidence: EvidenceStore, name: str) -> None:
    for ask in (evidence.open, evidence.delete, evidence.exists):
        with pytest.raises(PermanentFailure, match="evidence-missing"):
            ask(name)


@pytest.mark.parametrize("size", [10, PART + 10])
def test_a_file_is_never_written_over(opened: Opener, size: int) -> None:
    evidence = opened(lambda: "a" * 32)
    name = evidence.put([b"the first"])
    with pytest.raises(TemporaryFailure, match="evidence-store-failed"):
        evidence.put([b"x" * size])
    assert b"".join(evidence.open(name)) == b"the first"


@pytest.mark.parametrize("size", [10, 2 * PART])
def test_an_upload_that_breaks_leaves_nothing(opened: Opener, size: int) -> None:
    evidence = opened(lambda: "b" * 32)
    with pytest.raises(ValueError, match="gone"):
        evidence.put(broken_upload(size))
    assert not evidence.exists("b" * 32)
    assert list(evidence.names(later())) == []
    assert evidence.put([b"the second try"]) == "b" * 32


def broken_upload(size: int) -> Iterator[bytes]:
    for _ in range(0, size, MIB):
        yield b"x" * min(size, MIB)
    raise ValueError("gone")


def test_files_can_be_listed_by_age(evidence: EvidenceStore) -> None:
    names = {evidence.put([b"bytes"]) for _ in range(5)}
    assert set(evidence.names(later())) == names
    assert list(evidence.names(datetime.now(UTC) - timedelta(hours=1))) == []


def test_a_file_can_be_deleted_while_listing(evidence: EvidenceStore) -> None:
    for _ in range(3):
        evidence.put([b"bytes"])
    for name in evidence.names(later()):
        evidence.delete(name)
    assert list(evidence.names(later())) == []


def test_a_store_in_order_passes_its_check(evidence: EvidenceStore) -> None:
    evidence.check()
    evidence.put([b"bytes"])
    evidence.check()
