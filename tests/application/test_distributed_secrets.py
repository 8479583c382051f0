"""Secrets of an installation: made once, for their owner alone, and in the form that each service reads."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from services.campaign.vault.secrets import load_or_create as campaigns
from services.distributed.secrets import FILES, make_missing, make_secrets
from services.gateway.accounts.sealing import own_secret
from services.notifier.adapters.secrets import load_or_create as notifiers

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_each_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    made = make_missing(folder, NOW)
    assert sorted(made) == sorted([*FILES, "campaign/kek-2026-11"])
    before = contents(folder)
    assert sorted(before) == sorted(made)
    assert len(set(before.values())) == len(before)
    for path in folder.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)
    assert make_missing(folder, NOW.replace(month=12)) == []
    assert contents(folder) == before


def test_only_what_is_missing_is_made(tmp_path: Path) -> None:
    make_missing(tmp_path, NOW)
    before = contents(tmp_path)
    (tmp_path / "internal").unlink()
    assert make_missing(tmp_path, NOW, kafka=True) == ["internal", "kafka"]
    after = contents(tmp_path)
    assert {name for name in after if after[name] != before.get(name)} == {"internal", "kafka"}


def test_services_read_them_as_they_are(tmp_path: Path) -> None:
    make_missing(tmp_path, NOW)
    before = contents(tmp_path)
    opened = campaigns(tmp_path / "campaign", "2027-01")
    assert (opened.epoch, opened.pepper) == ("2026-11", before["campaign/pepper"])
    assert own_secret(tmp_path / "gateway" / "gateway-key") == before["gateway/gateway-key"]
    notifiers(tmp_path / "notifier" / "notifier")
    assert contents(tmp_path) == before
    for name in ("internal", "gateway/operator", "postgres/campaign", "s3/key-id", "s3/secret"):
        assert before[name].decode("ascii") == before[name].decode("ascii").strip()


def test_the_command_says_what_it_made_and_never_what_is_in_it(tmp_path: Path) -> None:
    first = CliRunner().invoke(make_secrets, [str(tmp_path / "s")])
    assert first.exit_code == 0
    assert f"made {tmp_path / 's' / 'campaign' / 'pepper'}" in first.output
    for content in contents(tmp_path / "s").values():
        assert content.decode("latin-1") not in first.output
    again = CliRunner().invoke(make_secrets, [str(tmp_path / "s")])
    assert again.output == f"nothing is missing in {tmp_path / 's'}\n"


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    refused = CliRunner().invoke(make_secrets, [str(tmp_path / "file" / "s")])
    assert refused.exit_code == 1
    assert "Not a directory" in refused.output
