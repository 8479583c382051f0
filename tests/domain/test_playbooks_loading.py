"""A playbook loads whole or says which file, which place and what was expected."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from services.campaign.playbooks.load import DATA, PlaybookError, load_playbooks

TINY = """\
jurisdiction: xx
name: {zh: 某地, en: Someplace}
currency: EUR
timezone: Europe/Vienna
calendar: {country: AT, last_day_moves_off: nothing}
default_route: [xx-firm, xx-court]
steps:
- seq: 1
  id: xx-firm
  name: {zh: 向公司投诉, en: Complaint to the firm}
  kind: provider
  filers: [collective, own]
  who:
  - {zh: 任何人, en: Anyone, verified: false}
  contact:
  - {zh: 公司, en: The firm, sources: [X1]}
  deadlines:
  - name: {zh: 答复, en: Answer}
    number: 10
    unit: working_day
    starts_from: receipt
    clock: true
    sources: [X1]
  law:
  - {zh: 某法, en: Some act, sources: [X1]}
  outcome:
  - {zh: 答复, en: An answer, verified: false}
- seq: 2
  id: xx-court
  name: {zh: 法院, en: Court}
  kind: court
  filers: [own]
  who:
  - {zh: 任何人, en: Anyone, verified: false}
  contact:
  - {zh: 法院, en: The court, verified: false}
  requires:
    any_of:
    - {filing_at: xx-firm, states: [answered, lapsed]}
    text: {zh: 先向公司投诉, en: Complain to the firm first, verified: false}
  deadlines: []
  law:
  - {zh: 某法, en: Some act, verified: false}
  outcome:
  - {zh: 判决, en: Judgment, verified: false}
sources:
  X1: {title: Some act, read_at: example.org, kind: page}
"""


def write(folder: Path, text: str, name: str = "xx.yaml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_a_new_jurisdiction_is_one_file(tmp_path: Path) -> None:
    playbooks = load_playbooks(write(tmp_path, TINY))
    assert playbooks.jurisdictions == ("xx",)
    xx = playbooks.playbook("xx")
    assert [step.id for step in xx.route("duplicate_charge")] == ["xx-firm", "xx-court"]
    assert xx.step("xx-firm").clock is not None
    assert playbooks.sources["X1"].title == "Some act"
    assert playbooks.problem("outage").name.en == "Service outage"


def test_a_new_jurisdiction_stands_beside_ours(tmp_path: Path) -> None:
    for path in DATA.rglob("*.yaml"):
        write(tmp_path / path.parent.relative_to(DATA), path.read_text(encoding="utf-8"), path.name)
    assert load_playbooks(write(tmp_path, TINY)).jurisdictions == (*load_playbooks().jurisdictions, "xx")


def test_a_playbook_may_be_a_folder_of_parts(tmp_path: Path) -> None:
    head, steps = TINY.split("steps:\n")
    steps, sources = steps.split("sources:\n")
    first, second = steps.split("- seq: 2")
    write(tmp_path / "xx", head + "sources:\n" + sources, "head.yaml")
    write(tmp_path / "xx", "steps:\n" + first, "a.yaml")
    write(tmp_path / "xx", "steps:\n- seq: 2" + second, "b.yaml")
    assert [step.id for step in load_playbooks(tmp_path).playbook("xx").steps] == ["xx-firm", "xx-court"]
    write(tmp_path / "xx", "currency: USD\n", "z.yaml")
    with pytest.raises(PlaybookError, match=r"xx/z\.yaml: currency: expected in one part"):
        load_playbooks(tmp_path)


BROKEN = [
    ("unit: working_day", "unit: days", "steps[xx-firm].deadlines[0].unit", "one of calendar_day, working_day"),
    (
        "  - {zh: 某法, en: Some act, sources: [X1]}",
        "  - {zh: 某法, en: Some act}",
        "steps[xx-firm].law[0]",
        "verified: false",
    ),
    ("en: Anyone, verified: false", "en: Anyone, verified: true", "steps[xx-firm].who[0]", "sources, or the mark"),
    ("xx-firm, states: [answered, lapsed]", "xx-firm", "steps[xx-court].requires.any_of[0]", "with states"),
    ("states: [answered, lapsed]", "states: [lost]", "steps[xx-court].requires.any_of[0].states[0]", "one of prepared"),
    ("{zh: 答复, en: Answer}", "{zh: 答复}", "steps[xx-firm].deadlines[0].name", "a field 'en'"),
    ("{zh: 答复, en: Answer}", "{zh: 答复, en: ''}", "steps[xx-firm].deadlines[0].name.en", "some text"),
    ("number: 10", "number: ten", "steps[xx-firm].deadlines[0].number", "a whole number"),
    ("kind: court", "kind: tribunal", "steps[xx-court].kind", "one of provider"),
    ("  filers: [own]", "  filers: [own]\n  fax: 1", "steps[xx-court]", "fax"),
    ("id: xx-court", "id: xx-firm", "steps", "each once; found 'xx-firm' 2 times"),
    ("seq: 2", "seq: 1", "steps.seq", "each once; found '1' 2 times"),
    ("[xx-firm, xx-court]", "[xx-firm, xx-fax]", "default_route", "a step of this playbook; found 'xx-fax'"),
    ("filing_at: xx-firm", "filing_at: xx-fax", "steps[xx-court].requires.filing_at", "found 'xx-fax'"),
    ("starts_from: receipt", "starts_from: other", "steps[xx-firm].deadlines", "a clock to have a number"),
    ("    number: 10\n", "", "steps[xx-firm].deadlines", "a clock to have a number"),
    ("en: Some act, sources: [X1]", "en: Some act, sources: [X9]", "steps[xx-firm].law[0]", "found 'X9'"),
    ("  X1: {", "  S01: {title: t, read_at: r, kind: page}\n  X1: {", "sources.S01", "not taken yet"),
    ("Europe/Vienna", "Europe/Wien", "timezone", "an IANA zone; found 'Europe/Wien'"),
    ("country: AT", "country: ZZ", "calendar", "holidays are known; found 'ZZ'"),
    ("currency: EUR\n", "", "", "a field 'currency'"),
    ("currency: EUR", "currency: EUR\ncurrency: USD", "line 1", "each key once"),
    ("default_route: [xx-firm", "default_route: [[xx-firm", "line", "expected"),
    ("  kind: court\n", "  kind: court\n  letter: poem\n", "steps[xx-court].letter", "found 'poem'"),
    ("  kind: court\n", "  kind: court\n  counterpart: xx-bank\n", "steps[xx-court].counterpart", "found 'xx-bank'"),
    ("steps:\n", "problems: {lost_cat: {route: [xx-firm]}}\nsteps:\n", "problems.lost_cat", "one of payment_failed"),
]


@pytest.mark.parametrize(("old", "new", "place", "expected"), BROKEN, ids=[case[2] + case[3][:14] for case in BROKEN])
def test_a_broken_file_says_where_and_what(tmp_path: Path, old: str, new: str, place: str, expected: str) -> None:
    assert old in TINY
    with pytest.raises(PlaybookError) as caught:
        load_playbooks(write(tmp_path, TINY.replace(old, new, 1)))
    assert "xx" in caught.value.file
    assert caught.value.place.startswith(place)
    assert expected in caught.value.expected
    assert str(caught.value).startswith(caught.value.file)


def test_two_clocks_on_one_step_are_refused(tmp_path: Path) -> None:
    start, end = TINY.index("  - name: {zh: 答复"), TINY.index("  law:")
    twice = TINY[:end] + TINY[start:end] + TINY[end:]
    with pytest.raises(PlaybookError, match="at most one deadline with clock: true"):
        load_playbooks(write(tmp_path, twice))


def test_a_letter_asks_only_for_what_can_be_filled_in(tmp_path: Path) -> None:
    write(tmp_path, "letters:\n  plea: {zh: '{horoscope}', en: Please}\n", "letters.yaml")
    with pytest.raises(PlaybookError, match=r"letters\.plea\.zh: expected .*; found 'horoscope'"):
        load_playbooks(tmp_path)


def test_an_unknown_id_is_a_key_error() -> None:
    playbooks = load_playbooks()
    for look_up in (playbooks.playbook, playbooks.problem, playbooks.letter, playbooks.playbook("cn").step):
        with pytest.raises(KeyError):
            look_up("nowhere")


def test_loading_is_fast_once_warm() -> None:
    def seconds() -> float:
        start = time.perf_counter()
        load_playbooks()
        return time.perf_counter() - start

    assert min(seconds() for _ in range(4)) < 0.15
