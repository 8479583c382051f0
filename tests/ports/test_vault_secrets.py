"""Key-encryption keys and the pepper: made once, read by their owner alone."""

from pathlib import Path

import pytest

from services.campaign.vault.secrets import load, load_or_create
from services.kit.failures import PermanentFailure


def test_secrets_are_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    first = load_or_create(folder, "2026-11")
    again = load_or_create(folder, "2027-01")
    assert again == first
    assert first.epoch == "2026-11"
    assert len(first.pepper) == len(first.keks["2026-11"]) == 32
    assert first.pepper != first.keks["2026-11"]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert repr(first.pepper) not in repr(first)


def test_the_newest_epoch_wraps_and_older_ones_still_open(tmp_path: Path) -> None:
    load_or_create(tmp_path / "s", "2026-11")
    newer = tmp_path / "s" / "kek-2026-12"
    newer.write_bytes(b"n" * 32)
    newer.chmod(0o600)
    secrets = load_or_create(tmp_path / "s", "2026-11")
    assert (secrets.epoch, set(secrets.keks)) == ("2026-12", {"2026-11", "2026-12"})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    load_or_create(tmp_path / "s", "2026-11")
    (tmp_path / "s" / "pepper").chmod(mode)
    with pytest.raises(PermanentFailure, match="secret-readable-by-others"):
        load_or_create(tmp_path / "s", "2026-11")


def test_a_folder_that_others_may_read_is_refused(tmp_path: Path) -> None:
    load_or_create(tmp_path / "s", "2026-11")
    (tmp_path / "s").chmod(0o755)
    with pytest.raises(PermanentFailure, match="secret-readable-by-others"):
        load_or_create(tmp_path / "s", "2026-11")


def test_a_secret_of_another_length_or_a_link_is_refused(tmp_path: Path) -> None:
    load_or_create(tmp_path / "s", "2026-11")
    pepper = tmp_path / "s" / "pepper"
    content = pepper.read_bytes()
    pepper.write_bytes(content[:31])
    with pytest.raises(PermanentFailure, match="secret-malformed"):
        load_or_create(tmp_path / "s", "2026-11")
    pepper.rename(tmp_path / "elsewhere")
    pepper.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PermanentFailure, match="secret-malformed"):
        load_or_create(tmp_path / "s", "2026-11")


def test_an_epoch_is_a_month(tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="secret-malformed"):
        load_or_create(tmp_path / "s", "../../etc")


def test_processes_that_share_secrets_make_none(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    with pytest.raises(PermanentFailure, match="secret-missing"):
        load(folder)
    made = load_or_create(folder, "2026-11")
    assert load(folder) == made
    for name in ("kek-2026-11", "pepper"):
        kept = (folder / name).read_bytes()
        (folder / name).unlink()
        with pytest.raises(PermanentFailure, match="secret-missing"):
            load(folder)
        (folder / name).write_bytes(kept)
        (folder / name).chmod(0o644)
        with pytest.raises(PermanentFailure, match="secret-readable-by-others"):
            load(folder)
        (folder / name).chmod(0o600)
