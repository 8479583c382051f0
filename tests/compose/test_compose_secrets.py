"""Who may read which secret: what the one-shot gives away fits the users that the containers run as."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

from services.campaign.vault.secrets import load_or_create
from services.distributed.processes import PROCESSES
from tests.support import compose
from tests.support.compose import ROOT

PREPARE = ROOT / "deploy" / "secrets" / "prepare.sh"
AT = PurePosixPath("/run/chorus")
RECORDING = """#!/bin/sh
who=$1
shift
for path in "$@"; do echo "$who $path" >> "$CHOWN_LOG"; done
"""


@dataclass(frozen=True)
class Kept:
    """One file or folder after the one-shot: whose it is, and what it lets do."""

    owner: int
    group: int
    mode: int

    def lets(self, user: int, groups: set[int], bit: int) -> bool:
        """`bit`: 4 to read, 1 to pass through."""
        shift = 6 if user == self.owner else 3 if self.group in groups else 0
        return bool(self.mode >> shift & bit)


@dataclass(frozen=True)
class Prepared:
    folder: Path
    kept: dict[PurePosixPath, Kept]

    def readable(self, user: int, groups: set[int]) -> set[str]:
        return {str(path) for path in self.files() if self._may(path, user, groups)}

    def files(self) -> Iterator[PurePosixPath]:
        return (path for path in self.kept if (self.folder / path).is_file())

    def _may(self, path: PurePosixPath, user: int, groups: set[int]) -> bool:
        passes = all(self.kept[folder].lets(user, groups, 1) for folder in path.parents)
        return passes and self.kept[path].lets(user, groups, 4)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    """The script itself, run twice; what it would give to whom is written down, as only root may give."""
    at = tmp_path_factory.mktemp("prepare")
    folder, programs, log = at / "run", at / "bin", at / "chown.log"
    programs.mkdir()
    (programs / "chown").write_text(RECORDING)
    (programs / "chown").chmod(0o755)
    path = f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    first = run_prepare(folder, {"PATH": path, "CHOWN_LOG": str(log)})
    assert b"made" in first
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    again = run_prepare(folder, {"PATH": path, "CHOWN_LOG": str(log)})
    assert b"nothing is missing" in again
    assert {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()} == before
    return Prepared(folder, dict(kept(folder, log)))


def run_prepare(folder: Path, environment: dict[str, str]) -> bytes:
    return subprocess.run([PREPARE, folder], check=True, capture_output=True, env={**os.environ, **environment}).stdout


def kept(folder: Path, log: Path) -> Iterator[tuple[PurePosixPath, Kept]]:
    for line in log.read_text().splitlines():
        who, _, path = line.partition(" ")
        owner, _, group = who.partition(":")
        mode = stat.S_IMODE(Path(path).stat().st_mode)
        yield PurePosixPath(Path(path).relative_to(folder)), Kept(int(owner), int(group), mode)


def container(name: str) -> tuple[int, set[int]]:
    service = compose.services()[name]
    user, _, group = service["user"].partition(":")
    return int(user), {int(group), *map(int, service.get("group_add") or ())}


def test_every_file_and_folder_is_given_to_somebody(prepared: Prepared) -> None:
    found = {PurePosixPath(each.relative_to(prepared.folder)) for each in prepared.folder.rglob("*")}
    assert set(prepared.kept) == found | {PurePosixPath()}


@pytest.mark.parametrize("name", [*(entry.name for entry in PROCESSES), "postgres"])
def test_a_container_can_read_the_secrets_that_it_is_told_of(prepared: Prepared, name: str) -> None:
    told = (compose.services()[name].get("environment") or {}).values()
    needed = {str(PurePosixPath(value).relative_to(AT)) for value in told if value.startswith(f"{AT}/")}
    files = {each for each in needed if (prepared.folder / each).is_file()}
    folders = needed - files
    if needed:
        assert files <= prepared.readable(*container(name))
    for folder in folders:
        inside = {str(path) for path in prepared.files() if path.is_relative_to(folder)}
        assert inside <= prepared.readable(*container(name))
        assert prepared.kept[PurePosixPath(folder)].lets(*container(name), 4), "it looks for what is there"


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("campaign-web", {"campaign/pepper", "internal", "postgres/campaign", "s3/key-id", "s3/secret"}),
        ("notifier-worker", {"notifier/notifier", "internal", "postgres/notifier"}),
        (
            "gateway-web",
            {"gateway/gateway-key", "gateway/operator", "gateway/pepper", "internal", "postgres/gateway"},
        ),
        ("s3", {"s3/key-id", "s3/secret"}),
        ("postgres", {f"postgres/{role}" for role in ("superuser", "campaign", "notifier", "gateway")}),
        ("proxy", set()),
        ("mail", set()),
    ],
)
def test_a_container_can_read_no_other_secret(prepared: Prepared, name: str, readable: set[str]) -> None:
    found = prepared.readable(*container(name))
    keys = {each for each in found if each.startswith("campaign/kek-")}
    assert bool(keys) == (name == "campaign-web")
    assert found - keys == readable


def test_campaign_accepts_its_secrets_as_they_are_given(prepared: Prepared) -> None:
    """It refuses a folder or a file that anybody but its owner may open."""
    assert load_or_create(prepared.folder / "campaign", "2026-03").pepper
    assert (prepared.folder / "campaign/pepper").read_bytes() == (prepared.folder / "gateway/pepper").read_bytes()


def test_nobody_else_can_read_or_change_anything(prepared: Prepared) -> None:
    assert prepared.readable(65534, {65534}) == set()
    assert all(not each.mode & 0o022 for each in prepared.kept.values())
