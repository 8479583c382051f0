"""What is true of evidence in a folder alone: permissions, and what a crash leaves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.campaign.adapters.evidence_folder import EvidenceFolder
from services.kit.failures import TemporaryFailure


def test_files_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path / "evidence")
    name = folder.put([b"bytes"])
    assert (tmp_path / "evidence" / name).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "evidence").stat().st_mode & 0o777 == 0o700


def test_a_disk_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def full() -> Iterator[bytes]:
        yield b"first half"
        raise OSError("disk full")

    with pytest.raises(TemporaryFailure):
        EvidenceFolder(tmp_path / "evidence").put(full())
    assert list((tmp_path / "evidence").iterdir()) == []


def test_what_a_crash_left_unfinished_goes_at_the_next_start(tmp_path: Path) -> None:
    folder = EvidenceFolder(tmp_path / "evidence")
    name = folder.put([b"bytes"])
    (tmp_path / "evidence" / f"{'f' * 32}.part").write_bytes(b"half")
    EvidenceFolder(tmp_path / "evidence")
    assert [path.name for path in (tmp_path / "evidence").iterdir()] == [name]


def test_a_start_leaves_another_s_upload_alone(tmp_path: Path) -> None:
    first = EvidenceFolder(tmp_path / "evidence")

    def upload() -> Iterator[bytes]:
        yield b"begun, "
        EvidenceFolder(tmp_path / "evidence")
        yield b"and finished"

    assert b"".join(first.open(first.put(upload()))) == b"begun, and finished"


def test_a_folder_that_cannot_be_written_fails_its_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = EvidenceFolder(tmp_path / "evidence")
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(TemporaryFailure, match="evidence-store-refused"):
        folder.check()
