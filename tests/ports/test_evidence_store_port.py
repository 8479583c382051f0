"""The evidence store: complete or absent, under random names, gone when deleted; one suite for every adapter."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.campaign.adapters.evidence_folder import EvidenceFolder
from services.campaign.application.evidence_store import EvidenceStore
from services.kit.failures import PermanentFailure, TemporaryFailure

ADAPTERS: dict[str, Callable[[Path], EvidenceStore]] = {"folder": EvidenceFolder}


@pytest.fixture(params=ADAPTERS)
def evidence(request: pytest.FixtureRequest, tmp_path: Path) -> EvidenceStore:
    return ADAPTERS[request.param](tmp_path / "evidence")


def test_bytes_come_back(evidence: EvidenceStore) -> None:
    content = bytes(range(256)) * 1000
    name = evidence.put(content[at : at + 7000] for at in range(0, len(content), 7000))
    assert b"".join(evidence.open(name)) == content
    assert evidence.exists(name)


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


def broken_upload(error: Exception) -> Iterator[bytes]:
    yield b"first half"
    raise error


def test_an_upload_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path / "evidence")
    with pytest.raises(ValueError, match="gone"):
        folder.put(broken_upload(ValueError("gone")))
    with pytest.raises(TemporaryFailure):
        folder.put(broken_upload(OSError("disk full")))
    assert list((tmp_path / "evidence").iterdir()) == []


def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path / "evidence")
    name = folder.put([b"bytes"])
    assert (tmp_path / "evidence" / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "evidence").stat().st_mode & 0o777 == 0o700


def test_what_a_crash_left_unfinished_goes_at_the_next_start(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path / "evidence")
    name = folder.put([b"bytes"])
    (tmp_path / "evidence" / f"{'f' * 32}.part").write_bytes(b"half")
    EvidenceFolder(tmp_path / "evidence")
    assert [path.name for path in (tmp_path / "evidence").iterdir()] == [name]
