"""What our playbooks say: every jurisdiction, every step's clock, corrected law, marks of what is not verified."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from services.campaign import playbooks as package
from services.campaign.playbooks.load import DATA, load_playbooks
from services.campaign.playbooks.model import Fact, Playbook, Words

PLAYBOOKS = load_playbooks()
PROBLEMS = (
    "payment_failed duplicate_charge unauthorised_charge delayed_credit transfer_failed account_stolen account_frozen "
    "open_kyc_failed topup_failed fee_dispute privacy_leak outage cs_unresponsive"
).split()
STEPS = {"cn": 19, "eu": 4, "hk": 4, "in": 3, "sg": 4, "uk": 4, "us": 4}
CLOCKS = {
    "cn-psp-formal": (15, "calendar_day", "receipt"),
    "cn-bank-formal": (15, "calendar_day", "receipt"),
    "cn-pbc-12363": (7, "working_day", "receipt"),
    "cn-nfra-12378": (7, "working_day", "receipt"),
    "cn-samr-12315": (7, "working_day", "receipt"),
    "cn-pcac": (5, "working_day", "receipt"),
    "cn-police": (3, "calendar_day", "sending"),
    "cn-petition": (15, "calendar_day", "receipt"),
    "cn-arbitration": (5, "calendar_day", "sending"),
    "cn-small-claims": (7, "calendar_day", "sending"),
    "cn-joint-suit": (7, "calendar_day", "sending"),
    "cn-admin-review": (60, "calendar_day", "receipt"),
    "uk-firm": (15, "working_day", "receipt"),
    "uk-app": (5, "working_day", "sending"),
    "us-fi": (10, "working_day", "notice"),
    "us-cfpb": (15, "calendar_day", "sending"),
    "eu-psp": (15, "working_day", "receipt"),
    "in-re": (30, "calendar_day", "receipt"),
    "sg-fi": (21, "working_day", "sending"),
}
"""Step -> its one clock; a step that is not here has none, because nothing in a filing shows when it starts."""


def all_words(value: Any) -> Iterator[Words]:
    if isinstance(value, Words):
        yield value
    if isinstance(value, tuple):
        for each in value:
            yield from all_words(each)
    elif is_dataclass(value):
        for each in fields(value):
            if each.name not in ("_by_id", "notices", "calendar"):
                yield from all_words(getattr(value, each.name))


def test_the_seven_jurisdictions_and_their_steps() -> None:
    assert {name: len(PLAYBOOKS.playbook(name).steps) for name in PLAYBOOKS.jurisdictions} == STEPS


def test_the_thirteen_problem_types() -> None:
    assert list(PLAYBOOKS.problems) == PROBLEMS


@pytest.mark.parametrize("name", STEPS)
def test_steps_are_in_order_and_have_the_expected_clocks(name: str) -> None:
    steps = PLAYBOOKS.playbook(name).steps
    assert [step.seq for step in steps] == list(range(1, len(steps) + 1))
    found = {step.id: (c.number, c.unit, c.starts_from) for step in steps if (c := step.clock)}
    assert found == {step: clock for step, clock in CLOCKS.items() if step.startswith(f"{name}-")}


@pytest.mark.parametrize("name", STEPS)
def test_every_problem_has_a_route_and_every_step_a_letter(name: str) -> None:
    playbook = PLAYBOOKS.playbook(name)
    for problem in PLAYBOOKS.problems.values():
        assert playbook.route(problem.id)
        assert playbook.urgent(problem)
    assert all(PLAYBOOKS.letter(step.letter or "").zh for step in playbook.steps)


@pytest.mark.parametrize("name", STEPS)
def test_chinese_is_chinese_and_english_is_english(name: str) -> None:
    for words in all_words(PLAYBOOKS.playbook(name)):
        assert words.zh.strip() and words.en.strip()
        assert words.in_("zh-CN") == words.zh and words.in_("en") == words.en
        if re.search(r"[a-z]{4,} [a-z]{4,} [a-z]{4,}", words.en):
            assert re.search(r"[\u4e00-\u9fff]", words.zh), words.zh


@pytest.mark.parametrize("name", STEPS)
def test_a_fact_is_verified_only_by_a_source(name: str) -> None:
    facts = [words for words in all_words(PLAYBOOKS.playbook(name)) if isinstance(words, Fact)]
    assert any(fact.verified for fact in facts) and any(not fact.verified for fact in facts)
    assert all(fact.sources for fact in facts if fact.verified)


def test_unverified_numbers_are_marked() -> None:
    cn = PLAYBOOKS.playbook("cn")
    marks = {step.id: step.clock.verified for step in cn.steps if step.clock}
    assert [step for step, verified in marks.items() if not verified] == ["cn-psp-formal", "cn-nfra-12378"]


def said(playbook: Playbook, step: str) -> str:
    return " ".join(f"{words.zh} {words.en}" for words in all_words(playbook.step(step)))


def test_the_corrected_law_is_the_one_told() -> None:
    cn = PLAYBOOKS.playbook("cn")
    assert "银行业保险业消费投诉处理管理办法" in said(cn, "cn-bank-formal")
    assert "总局令第121号" in said(cn, "cn-samr-12315") and "45" not in said(cn, "cn-samr-12315")
    mediation = next(d for d in cn.step("cn-samr-12315").deadlines if "Mediation" in d.name.en)
    assert (mediation.number, mediation.unit) == (60, "calendar_day")
    assert "2026-03-01" in said(cn, "cn-arbitration")
    assert "2025-07-20" in said(PLAYBOOKS.playbook("eu"), "eu-adr")
    assert "2026-07-01" in said(PLAYBOOKS.playbook("in"), "in-rbio")


def test_the_facts_around_the_ladder_are_there() -> None:
    cn = PLAYBOOKS.playbook("cn")
    topics = {topic: [note.id for note in cn.facts if note.topic == topic] for topic in {n.topic for n in cn.facts}}
    assert {topic: len(ids) for topic, ids in topics.items()} == {
        "counting": 3,
        "sequencing": 4,
        "legal-risk": 16,
        "evidence-law": 7,
        "correction": 4,
    }
    assert len(cn.hotlines) == 12
    assert [note.id for note in PLAYBOOKS.guidance] == ["common-evidence", "letter", "campaign-flow"]


def test_a_bank_goes_by_the_steps_for_banks() -> None:
    cn = PLAYBOOKS.playbook("cn")
    assert [step.id for step in cn.route("duplicate_charge", "bank")] == [
        "cn-cs",
        "cn-bank-formal",
        "cn-pbc-12363",
        "cn-small-claims",
    ]
    assert [step.id for step in cn.route("open_kyc_failed", "bank")] == ["cn-cs", "cn-bank-formal", "cn-nfra-12378"]
    assert [step.id for step in cn.route("open_kyc_failed", "payment-institution")] == [
        "cn-cs",
        "cn-psp-formal",
        "cn-pbc-12363",
    ]
    assert [step.id for step in cn.route("account_frozen", "bank")] == ["cn-cs", "cn-bank-formal", "cn-pbc-12363"]


def test_code_knows_no_step_and_no_jurisdiction() -> None:
    ids = {step.id for name in STEPS for step in PLAYBOOKS.playbook(name).steps} | set(PROBLEMS)
    for path in Path(package.__file__).parent.glob("*.py"):
        code = path.read_text(encoding="utf-8")
        assert not [each for each in ids if re.search(rf"\b{re.escape(each)}\b", code)], path.name


def test_every_file_is_short_enough_to_read() -> None:
    assert max(len(path.read_text(encoding="utf-8").splitlines()) for path in DATA.rglob("*.yaml")) < 560
