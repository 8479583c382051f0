"""A mistake in a scenario file is told with its line, what was expected and what was found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.embedded.player.nodes import Mistake
from services.embedded.player.scenario import Scenario, read_scenario

ROOT = Path(__file__).resolve().parents[2]
GOOD = """\
scenario: 1
id: small
title: {zh: 小, en: Small}
jurisdiction: cn
timezone: Asia/Shanghai
people:
  li: {role: organizer, name: 李薇, email: li@example.org, locale: zh-CN}
  wang: {role: member, name: 王强, email: wang@example.org, locale: zh-CN}
steps:
- at: 2026-03-02 09:00
  who: li
  do: launch
  title: 标题
  provider: {name: 青禾, kind: bank}
  problem: outage
  summary: 经过
  demands: [{kind: refund, text: 退款}]
- {at: 2026-03-02 10:00, who: wang, do: join, expect: {mail: {wang: {confirmation: 1}}, progress: {members_pending: 1}}}
- {at: 2026-03-02 11:00, who: wang, do: evidence, file: error-page.png, kind: screenshot}
- {at: 2026-03-02 12:00, do: wait}
"""
JOIN = "who: wang, do: join"
MISTAKES = {
    "no such version": ("scenario: 1", "scenario: 2", 1, 'format version 1, found "2"'),
    "unknown key": ("id: small", "id: small\nauthor: me", 3, "found `author`"),
    "missing key": ("jurisdiction: cn\n", "", 1, "the key `jurisdiction`"),
    "unknown jurisdiction": ("jurisdiction: cn", "jurisdiction: fr", 4, 'found "fr"'),
    "unknown zone": ("Asia/Shanghai", "Asia/Peking", 5, "IANA time zone"),
    "unknown role": ("role: member", "role: boss", 8, 'found "boss"'),
    "person without a name": ("name: 王强, ", "", 8, "with `name`"),
    "handle twice": ("  wang: {", "  li: {", 8, "`li` is on line 7 too"),
    "handle that is a word": ("  wang: {", "  public: {", 8, "another handle"),
    "unknown verb": ("do: join", "do: joins", 18, 'found "joins"'),
    "unknown handle": (JOIN, "who: wong, do: join", 18, 'a handle of `people` (li, wang), found "wong"'),
    "nobody": (JOIN, "who: [], do: join", 18, "at least one handle"),
    "no who": ("who: wang, do: evidence", "do: evidence", 19, "a step with `who`"),
    "public where a person is needed": ("who: wang, do: evidence", "who: public, do: evidence", 19, "a handle for"),
    "no verb": (JOIN, "who: wang", 18, "a step with `do`"),
    "unknown argument": (JOIN, "who: wang, do: join, age: 30", 18, "an argument of `join` (email, name, locale)"),
    "missing argument": (", kind: screenshot", "", 19, "`evidence` with `kind`"),
    "bad date": ("2026-03-02 10:00", "2026-02-30 10:00", 18, 'found "2026-02-30 10:00"'),
    "no time of day": ("at: 2026-03-02 10:00", "at: 2026-03-02", 18, "a local date and time"),
    "backwards": ("2026-03-02 12:00", "2026-03-02 10:59", 20, "a time not before 2026-03-02 11:00 (line 19)"),
    "wrong type": ("title: 标题", "title: [标题]", 13, "expected text, found a list"),
    "empty text": ("title: 标题", "title: ''", 13, "found nothing"),
    "key twice in a step": ("do: wait", "do: wait, do: wait", 20, "`do` is on line 20 too"),
    "no such file": ("error-page.png", "error.png", 19, 'found "error.png"'),
    "a path for a file": ("error-page.png", "../error-page.png", 19, "the plain name"),
    "unknown expectation": ("expect: {mail", "expect: {mails", 18, "found `mails`"),
    "unknown field of progress": ("members_pending", "members_waiting", 18, "found `members_waiting`"),
    "unknown kind of mail": ("{confirmation: 1}", "{confirm: 1}", 18, "found `confirm`"),
    "mail to nobody": ("{mail: {wang", "{mail: {wong", 18, "found `wong`"),
    "a count in words": ("{confirmation: 1}", "{confirmation: one}", 18, 'found "one"'),
    "a demand without its kind": ("{kind: refund, text: 退款}", "{text: 退款}", 17, "with `kind`"),
    "not YAML": ("steps:\n", "steps: [\n", 10, "expected YAML"),
    "a list": (GOOD, "- 1\n", 1, "a scenario, a map of keys"),
    "nothing": (GOOD, "", 1, "an empty file"),
}


def read(tmp_path: Path, text: str) -> Scenario:
    file = tmp_path / "small.yaml"
    file.write_text(text, encoding="utf-8")
    return read_scenario(file)


def test_a_good_file_is_read_whole(tmp_path: Path) -> None:
    scenario = read(tmp_path, GOOD)
    assert [step.verb for step in scenario.steps] == ["launch", "join", "evidence", "wait"]
    assert scenario.steps[1].at.astimezone(UTC) == datetime(2026, 3, 2, 2, tzinfo=UTC)
    assert scenario.steps[1].expect.mail == (("wang", "confirmation", 1),)
    assert scenario.steps[1].expect.progress == {"members_pending": "1"}
    assert scenario.steps[3].who == ()


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, name: str) -> None:
    before, after, line, told = MISTAKES[name]
    assert before in GOOD
    with pytest.raises(Mistake) as caught:
        read(tmp_path, GOOD.replace(before, after, 1))
    assert str(caught.value).startswith(f"{tmp_path / 'small.yaml'}:{line}: expected ")
    assert told in str(caught.value)


def test_what_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes(b"scenario: 1\nid: caf\xe9\n")
    with pytest.raises(Mistake, match=r"latin\.yaml:2: expected UTF-8, found byte 0xe9"):
        read_scenario(file)


def test_a_time_that_the_zone_leaves_out_is_a_mistake(tmp_path: Path) -> None:
    text = GOOD.replace("Asia/Shanghai", "America/New_York").replace("2026-03-02 12:00", "2026-03-08 02:30")
    with pytest.raises(Mistake, match="20: expected a time that exists in America/New_York"):
        read(tmp_path, text)


def test_evidence_beside_the_file_comes_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "evidence").mkdir()
    own = tmp_path / "evidence" / "error-page.png"
    own.write_bytes(b"own")
    assert read(tmp_path, GOOD).steps[2].arguments["file"] == own


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_ones_are_read(path: Path) -> None:
    assert read_scenario(path).id == path.stem
