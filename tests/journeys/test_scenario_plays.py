"""Whole campaigns lived through the public doors of a server of their own: the shipped ones and a stranger's."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from services.embedded.player.cli import demo

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))
STRANGERS = sorted(Path(__file__).with_name("scenarios").glob("*.yaml"))


def played(*arguments: str | Path) -> Result:
    return CliRunner().invoke(demo, [str(argument) for argument in arguments])


def last_line(result: Result) -> str:
    return result.stdout.rstrip("\n").rpartition("\n")[2]


@pytest.mark.parametrize("path", [*SHIPPED, *STRANGERS], ids=lambda path: path.stem)
def test_every_expectation_is_met(path: Path) -> None:
    result = played(path)
    assert "FAILED" not in result.stdout
    assert last_line(result).endswith(" passed, 0 failed"), result.output
    assert result.exit_code == 0


def test_what_is_not_as_expected_is_told_and_the_play_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(WRONG, encoding="utf-8")
    kept = tmp_path / "kept"
    result = played(file, "--keep", kept)
    assert result.exit_code == 1, result.output
    for told in (
        "progress.members_pending: expected 2, found 1",
        "publish by xu: expected accepted, found refused: not-permitted",
        "publish by lin: expected refused: not-permitted, found already-published",
        "join by xu: expected refused: campaign-not-open, found accepted",
        "warns: expected account-theft-urgent-steps, found no warning",
        "mail.xu.update: expected 1, found 0",
        "state.filing: expected open, found no filing",
        "feed: expected 7, found 1",
        f"make run DATA={kept}",
    ):
        assert told in result.stdout
    assert last_line(result) == "expectations: 1 passed, 8 failed"
    assert (kept / "campaign").is_dir()
    again = played(file, "--keep", kept)
    assert again.exit_code == 2 and "is not empty" in again.stderr


def test_a_mistake_in_the_file_is_told_before_anything_is_started(tmp_path: Path) -> None:
    file = tmp_path / "mistaken.yaml"
    file.write_text(WRONG.replace("do: publish", "do: proclaim", 1), encoding="utf-8")
    result = played(file)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"{file}:18: expected a verb (launch, publish,")
    assert result.stdout == ""


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    result = played(SHIPPED[0], "--url", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert "http://127.0.0.1:9 does not answer" in result.stderr


WRONG = """\
scenario: 1
id: wrong
title: {zh: 错, en: Wrong}
jurisdiction: cn
timezone: Asia/Shanghai
people:
  lin: {role: organizer, name: 林涛, email: lin@example.org, locale: zh-CN}
  xu:  {role: member, name: 许倩, email: xu@example.org, locale: en}
steps:
- at: 2026-04-07 09:00
  who: lin
  do: launch
  title: 停机
  provider: {name: 青禾, kind: bank}
  problem: outage
  summary: 经过
  demands: [{kind: fix, text: 修复}]
- {at: 2026-04-07 09:10, who: lin, do: publish}
- at: 2026-04-07 10:00
  who: xu
  do: join
  refused: campaign-not-open
  expect: {progress: {members_pending: 2}, warns: [account-theft-urgent-steps], feed: 7}
- {at: 2026-04-07 10:10, who: xu, do: publish}
- {at: 2026-04-07 10:11, who: lin, do: publish, refused: not-permitted}
- {at: 2026-04-07 11:00, do: wait, expect: {mail: {xu: {update: 1, confirmation: 1}}, state: {filing: open}}}
"""
