"""Contacts, promises, filings, materials and escalations, through the one door of commands."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.campaign.application.timekeeping import break_promise, close_ballot, lapse_deadline
from services.campaign.domain.contact import Contact
from services.campaign.domain.filing import Filing
from services.contracts import commands_v1 as c
from tests.support.campaign_house import House, Person
from tests.support.given_when_then import refused
from tests.support.stores import in_parallel


@pytest.fixture
def wang(house: House, li: Person) -> Person:
    return house.person("wang.qiang@example.org", "王强").enters(li.campaign)


@pytest.fixture
def zhao(house: House, li: Person) -> Person:
    return house.person("zhao.min@example.org", "赵敏").enters(li.campaign)


def load(house: House, kind: Any, found: str | UUID) -> Any:
    return house.service.commands.desk.aggregates.load(kind, UUID(str(found)))


def promises(house: House, contact: str) -> list[str]:
    return list(load(house, Contact, contact).promises.values())


def is_promised(person: Person, contact: str, until: str) -> UUID:
    answer = person.does(c.RecordPromise, contact=UUID(contact), until=person.house.local(until), what="答复")
    return UUID(answer["promise"])


def test_an_earlier_step_not_tried_refuses_and_yields_to_a_reason(house: House, li: Person) -> None:
    with refused("precondition-missing", step="cn-psp-formal"):
        li.files("cn-psp-formal")
    with refused("precondition-missing"):
        li.files("cn-psp-formal", override_reason="")
    answer = li.files("cn-psp-formal", override_reason="热线停机三日")
    filing = load(house, Filing, answer["filing"])
    assert "earlier-step-first" in answer["warnings"] and filing.state == "open"


def test_a_reason_without_need_is_no_override(house: House, li: Person) -> None:
    li.calls()
    answer = li.files("cn-psp-formal", override_reason="为稳妥起见")
    _, events = house.service.commands.desk.aggregates.history(Filing, UUID(answer["filing"]))
    assert [e.override for e in events if isinstance(e, Filing.FilingSubmitted)] == [False]


def test_a_contact_of_one_member_opens_no_filing_of_another(li: Person, wang: Person, zhao: Person) -> None:
    wang.calls()
    wang.files("cn-psp-formal", "own")
    with refused("precondition-missing"):
        zhao.files("cn-psp-formal", "own")


def test_one_filing_is_open_per_step_and_filer(house: House, li: Person, wang: Person) -> None:
    li.calls()
    wang.calls()
    first = li.files()
    wang.files(by="own")
    with refused("filing-already-open"):
        li.files()
    respond = {"filing": UUID(first["filing"]), "verdict": "refused", "text": "不同意"}
    li.does(c.RecordResponse, **respond)
    again = li.files()
    with refused("filing-already-open"):
        li.files()
    li.does(c.CloseFiling, filing=UUID(again["filing"]), reason="superseded")
    li.files()


def test_ten_filings_at_once_are_one(li: Person) -> None:
    li.calls()
    answers = in_parallel([li.files] * 10)
    assert sum(isinstance(answer, dict) for answer in answers) == 1


def test_the_clock_starts_at_the_receipt_and_lapses_once(house: House, li: Person) -> None:
    house.comes("2026-03-06 10:00")
    li.calls()
    filing = UUID(li.files()["filing"])
    house.comes("2026-03-09 10:00")
    receipt = li.does(c.RecordReceipt, filing=filing, number="QHTS-2026-00931")
    assert receipt == {"deadline": "2026-03-24"}
    desk, last_day = house.service.commands.desk, date(2026, 3, 24)
    outcomes = in_parallel([lambda: lapse_deadline(desk, filing, last_day)] * 8)
    assert sorted(map(bool, outcomes)) == [False] * 7 + [True]
    assert load(house, Filing, filing).state == "lapsed"
    assert not lapse_deadline(desk, filing, last_day)


def test_the_timer_lapses_it_at_the_end_of_its_last_day(house: House, li: Person) -> None:
    li.calls()
    filing = li.files()["filing"]
    li.does(c.RecordReceipt, filing=UUID(filing), number="1", received_on=date(2026, 3, 2))
    house.comes("2026-03-17 23:59")
    assert load(house, Filing, filing).state == "open"
    house.comes("2026-03-18 00:01")
    assert load(house, Filing, filing).state == "lapsed"


def test_a_clock_that_starts_at_the_sending_runs_at_once(house: House) -> None:
    ann = house.person("ann@example.org", "Ann")
    ann.launches(jurisdiction="us", timezone="America/New_York", locale="en")
    ann.publishes()
    ann.calls("us-fi")
    answer = ann.files("us-cfpb")
    assert answer["deadline"] == "2026-03-16"


def test_a_receipt_is_not_dated_tomorrow(li: Person) -> None:
    li.calls()
    filing = UUID(li.files()["filing"])
    with refused("happened-in-future"):
        li.does(c.RecordReceipt, filing=filing, number="1", received_on=date(2026, 3, 3))


def test_a_step_is_one_of_the_playbook(li: Person) -> None:
    with refused("step-unknown", step="uk-fos"):
        li.files("uk-fos")
    with refused("step-unknown"):
        li.calls("nowhere")
    with refused("invalid-choice"):
        li.files(by="somebody")


def test_an_answer_at_the_step_keeps_the_promises_of_whoever_logged_them(
    house: House, li: Person, wang: Person
) -> None:
    ours, his = li.calls(), wang.calls()
    is_promised(li, ours, "2026-03-05 18:00")
    is_promised(wang, his, "2026-03-05 18:00")
    wang.calls("cn-cs")
    assert (promises(house, ours), promises(house, his)) == (["open"], ["kept"])
    filing = UUID(li.files()["filing"])
    other = is_promised(li, li.calls("cn-psp-formal"), "2026-03-05 18:00")
    li.does(c.RecordResponse, filing=filing, verdict="met")
    assert other and promises(house, ours) == ["open"]
    li.calls("cn-cs")
    assert promises(house, ours) == ["kept"]


def test_a_promise_not_kept_is_broken_once(house: House, li: Person) -> None:
    contact = li.calls()
    promise = is_promised(li, contact, "2026-03-05 18:00")
    desk = house.service.commands.desk
    assert not break_promise(desk, UUID(contact), promise)
    house.comes("2026-03-05 18:00")
    outcomes = [break_promise(desk, UUID(contact), promise), promises(house, contact)]
    assert outcomes == [False, ["broken"]]


def test_only_whoever_logged_a_contact_adds_promises(li: Person, wang: Person, zhao: Person) -> None:
    with refused("not-found"):
        is_promised(zhao, wang.calls(), "2026-03-05 18:00")
    with refused("not-permitted"):
        is_promised(zhao, li.calls(), "2026-03-05 18:00")
    with refused("promise-in-past"):
        is_promised(wang, wang.calls(), "2026-03-01 18:00")


def test_an_own_filing_is_followed_by_its_member_alone(li: Person, wang: Person, zhao: Person) -> None:
    wang.calls()
    own = UUID(wang.files(by="own")["filing"])
    with refused("not-found"):
        zhao.does(c.RecordReceipt, filing=own, number="1")
    with refused("not-permitted"):
        li.does(c.RecordReceipt, filing=own, number="1")
    wang.does(c.RecordReceipt, filing=own, number="1")
    li.calls()
    collective = UUID(li.files()["filing"])
    with refused("not-permitted"):
        wang.does(c.CloseFiling, filing=collective, reason="settled")


def test_a_pending_member_files_nothing_and_no_member_files_for_all(house: House, li: Person, wang: Person) -> None:
    pending = house.person("sun.li@example.org", "孙丽")
    pending.joins(li.campaign)
    with refused("not-a-member"):
        pending.files(by="own")
    with refused("not-permitted"):
        wang.files(by="collective")
    with refused("not-a-member"):
        li.files(by="own")


def test_material_is_asked_of_a_member_about_their_own_latest_filing(house: House, li: Person, wang: Person) -> None:
    wang.calls()
    own = wang.files(by="own")["filing"]
    asked = li.does(c.RequestMaterial, asked="身份证明与报案回执", member=UUID(wang.subject), until=date(2026, 3, 6))
    assert asked["filing"] == own
    filing, request = UUID(own), UUID(asked["request"])
    evidence = UUID(wang.submits())
    with refused("not-permitted"):
        li.does(c.GiveMaterial, filing=filing, request=request, evidence=evidence)
    wang.does(c.GiveMaterial, filing=filing, request=request, evidence=evidence)
    wang.does(c.WithdrawEvidence, evidence=evidence)
    with refused("evidence-withdrawn"):
        wang.does(c.GiveMaterial, filing=filing, request=request, evidence=evidence)


def test_material_of_a_member_without_an_own_filing_is_for_the_collective_one(
    li: Person, wang: Person, zhao: Person
) -> None:
    with refused("not-found"):
        li.does(c.RequestMaterial, asked="回执", member=UUID(wang.subject))
    li.calls()
    collective = li.files()["filing"]
    asked = li.does(c.RequestMaterial, asked="回执", member=UUID(wang.subject))
    assert asked["filing"] == collective
    give = {"filing": UUID(collective), "request": UUID(asked["request"])}
    with refused("not-found"):
        zhao.does(c.GiveMaterial, **give, evidence=UUID(zhao.submits()))
    with refused("not-found"):
        wang.does(c.GiveMaterial, **give, evidence=UUID(zhao.submits()))
    wang.does(c.GiveMaterial, **give, evidence=UUID(wang.submits()))


def test_material_asked_of_whoever_filed_is_given_by_an_organizer(li: Person, wang: Person) -> None:
    li.calls()
    filing = UUID(li.files()["filing"])
    request = UUID(li.does(c.RequestMaterial, asked="证据目录")["request"])
    evidence = UUID(wang.submits())
    with refused("not-permitted"):
        wang.does(c.GiveMaterial, filing=filing, request=request, evidence=evidence)
    li.does(c.GiveMaterial, filing=filing, request=request, evidence=evidence)


def test_an_escalation_is_warned_of_recorded_and_told_at_the_filing(house: House, li: Person) -> None:
    li.calls()
    filing = li.files()["filing"]
    answer = li.does(c.DecideEscalation, step="cn-pbc-12363", reason="逾期未答复")
    assert answer["step"] == "cn-pbc-12363"
    assert {"one-body-at-a-time", "individual-or-power-of-attorney"} <= set(answer["warnings"])
    _, events = house.service.commands.desk.aggregates.history(Filing, UUID(filing))
    assert [e.to_step for e in events if isinstance(e, Filing.FilingEscalated)] == ["cn-pbc-12363"]


def test_a_deadline_is_extended_and_then_the_old_one_means_nothing(house: House, li: Person, wang: Person) -> None:
    li.calls()
    filing = UUID(li.files()["filing"])
    li.does(c.RecordReceipt, filing=filing, number="1")
    with refused("deadline-not-later"):
        li.does(c.ExtendDeadline, filing=filing, deadline=date(2026, 3, 17))
    with refused("names-a-member"):
        li.does(c.ExtendDeadline, filing=filing, deadline=date(2026, 3, 30), reason="等待王先生的材料")
    li.does(c.ExtendDeadline, filing=filing, deadline=date(2026, 3, 30), reason="等待一名成员的材料")
    assert not lapse_deadline(house.service.commands.desk, filing, date(2026, 3, 17))


def test_a_vote_is_cast_once_and_until_the_end(house: House, li: Person, wang: Person, zhao: Person) -> None:
    until = house.local("2026-03-04 20:00")
    ballot = UUID(li.does(c.OpenBallot, question="接受吗", options=["接受", "继续"], until=until)["ballot"])
    answers = in_parallel([lambda: wang.does(c.CastVote, ballot=ballot, option=1)] * 10)
    assert sum(isinstance(answer, dict) for answer in answers) == 1
    with refused("already-voted"):
        wang.does(c.CastVote, ballot=ballot, option=2)
    with refused("option-unknown"):
        zhao.does(c.CastVote, ballot=ballot, option=3)
    with refused("not-a-member"):
        li.does(c.CastVote, ballot=ballot, option=1)
    house.comes("2026-03-04 20:00")
    with refused("ballot-closed"):
        zhao.does(c.CastVote, ballot=ballot, option=1)
    assert not close_ballot(house.service.commands.desk, ballot)


def test_a_ballot_is_closed_early_by_the_organizer(house: House, li: Person, wang: Person) -> None:
    until = house.local("2026-03-04 20:00")
    ballot = UUID(li.does(c.OpenBallot, question="接受吗", options=["接受", "继续"], until=until)["ballot"])
    li.does(c.CloseBallot, ballot=ballot)
    with refused("ballot-closed"):
        wang.does(c.CastVote, ballot=ballot, option=1)
