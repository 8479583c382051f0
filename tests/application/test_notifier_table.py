"""The table of notifier: given an event, the rows of the outbox that follow from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from services.contracts.topics import CAMPAIGN_EVENTS
from services.notifier.domain.kinds import KINDS, MEMBERS
from services.notifier.inbox.handlers import HANDLERS
from tests.support.post_office import PostOffice

SHANGHAI_8 = 0  # 08:00 in Shanghai is 00:00 UTC


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    office = PostOffice(tmp_path)
    office.launches()
    yield office
    office.close()


def planned(office: PostOffice, *known: str) -> list[tuple[str, str]]:
    """Kind and recipient of what the newest events planned, besides the kinds already `known`."""
    office.follow()
    return [(row.kind, row.recipient) for row in office.outbox() if row.kind not in known]


@contextmanager
def listened(engine: Engine, tell: Callable[[str], None]) -> Iterator[None]:
    """Every statement that goes to the database."""

    def hear(_db: object, _cursor: object, statement: str, *_: object) -> None:
        tell(statement)

    event.listen(engine, "before_cursor_execute", hear)
    yield
    event.remove(engine, "before_cursor_execute", hear)


def a_member(office: PostOffice) -> str:
    subject = office.joins()
    office.confirms(subject)
    return subject


ON_THE_WAY_IN = ("confirmation", "welcome")


def test_joining_mails_a_confirmation(office: PostOffice) -> None:
    subject = office.joins()
    assert planned(office) == [("confirmation", subject)]


def test_a_crowd_takes_no_more_statements_than_one_who_joins(office: PostOffice) -> None:
    def statements(people: int) -> int:
        told: list[str] = []
        for number in range(people):
            office.joins(f"{people}.{number}@example.org")
        with listened(office.service.engine, lambda statement: told.append(statement)):
            office.follow()
        return len(told)

    office.follow()
    assert statements(1) == statements(40)
    assert len(office.outbox("confirmation")) == 41


def test_confirming_mails_a_welcome(office: PostOffice) -> None:
    subject = a_member(office)
    assert planned(office, "confirmation") == [("welcome", subject)]


def test_each_safety_act_mails_one_record(office: PostOffice) -> None:
    subject = office.joins()
    for _ in range(2):
        office.happens("membership.safety_step_taken", subject, subject=subject, actor=subject, steps=["lock-account"])
    assert planned(office, "confirmation") == [("safety-record", subject)] * 2


@pytest.mark.parametrize(
    ("verdict", "mails"), [("accepted", []), ("rejected", []), ("more-needed", ["evidence-more-needed"])]
)
def test_a_review_mails_only_where_more_is_needed(office: PostOffice, verdict: str, mails: list[str]) -> None:
    subject = a_member(office)
    office.happens("evidence.reviewed", office.new_id(), subject=subject, actor=office.organizer, verdict=verdict)
    assert planned(office, *ON_THE_WAY_IN) == [(kind, subject) for kind in mails]


@pytest.mark.parametrize(
    ("event", "facts", "kind"),
    [
        ("campaign.demands_revised", {"demand_version": 2, "demand_kinds": ["refund"]}, "demands-revised"),
        ("campaign.update_published", {}, "update"),
        ("campaign.outcome_recorded", {"demand_version": 1, "results": {"1": "met"}}, "outcome"),
        ("ballot.opened", {"options": 2, "until": "2026-03-09T00:00:00Z"}, "ballot-opened"),
    ],
)
def test_news_goes_to_all_members_as_one_row(office: PostOffice, event: str, facts: dict[str, Any], kind: str) -> None:
    stream = office.new_id() if event.startswith("ballot") else None
    office.happens(event, stream, actor=office.organizer, words={}, **facts)
    assert planned(office) == [(kind, MEMBERS)]


def test_invitations_go_to_the_invited(office: PostOffice) -> None:
    organizer, auditor = office.new_id(), office.new_id()
    office.happens("campaign.organizer_invited", actor=office.organizer, organizer=organizer, locale="en")
    office.happens(
        "campaign.auditor_invited", actor=office.organizer, auditor=auditor, locale="en", expires_on="2026-12-31"
    )
    assert planned(office) == [("invitation", organizer), ("invitation", auditor)]


def files(office: PostOffice, subject: str | None = None, deadline: str | None = "2026-03-24") -> str:
    filing = office.new_id()
    facts: dict[str, Any] = {"step": "cn-psp-formal", "filed_on": "2026-03-02", "warnings": [], "override": False}
    if deadline:
        facts["deadline"] = deadline
    office.happens("filing.submitted", filing, subject=subject, actor=subject or office.organizer, **facts)
    return filing


@pytest.mark.parametrize("own", [False, True])
def test_a_filing_with_a_deadline_is_remembered_for_the_morning_before(office: PostOffice, own: bool) -> None:
    subject = a_member(office) if own else None
    files(office, subject)
    assert planned(office, *ON_THE_WAY_IN) == [("deadline-near", subject or office.organizer)]
    (row,) = office.outbox("deadline-near")
    assert row.due_at == datetime(2026, 3, 23, SHANGHAI_8, tzinfo=UTC).timestamp() * 1000


def test_a_filing_without_a_deadline_plans_nothing_until_its_receipt(office: PostOffice) -> None:
    filing = files(office, deadline=None)
    assert planned(office) == []
    office.happens(
        "filing.receipt_recorded", filing, actor=office.organizer, step="cn-psp-formal", received_on="2026-03-02",
        deadline="2026-03-17",
    )  # fmt: skip
    assert planned(office) == [("deadline-near", office.organizer)]


def test_a_deadline_whose_morning_before_is_over_plans_nothing(office: PostOffice) -> None:
    files(office, deadline="2026-03-03")  # it is 09:00 of the day before
    assert planned(office) == []


def test_on_the_very_hour_it_is_still_planned(office: PostOffice) -> None:
    office.clock.set(datetime(2026, 3, 3, SHANGHAI_8, tzinfo=UTC))
    files(office, deadline="2026-03-04")
    assert planned(office) == [("deadline-near", office.organizer)]


def test_a_lapse_mails_whoever_filed(office: PostOffice) -> None:
    filing = files(office, deadline=None)
    office.happens("filing.deadline_lapsed", filing, step="cn-psp-formal", deadline="2026-03-24")
    assert planned(office) == [("deadline-lapsed", office.organizer)]


def test_once_the_filing_organizer_left_the_others_are_told(office: PostOffice) -> None:
    second = office.new_id()
    office.happens("campaign.organizer_invited", actor=office.organizer, organizer=second, locale="en")
    office.happens("campaign.organizer_accepted", actor=second, organizer=second)
    filing = files(office, deadline=None)
    office.happens("campaign.organizer_removed", actor=second, organizer=office.organizer)
    office.happens("filing.deadline_lapsed", filing, step="cn-psp-formal", deadline="2026-03-24")
    assert planned(office, "invitation") == [("deadline-lapsed", second)]


@pytest.mark.parametrize("named", [True, False])
def test_material_is_asked_of_the_member_named_else_of_whoever_filed(office: PostOffice, named: bool) -> None:
    subject = a_member(office)
    filing = files(office, deadline=None)
    facts: dict[str, Any] = {"member": subject} if named else {}
    office.happens(
        "filing.material_requested", filing, actor=office.organizer, step="cn-psp-formal", request=office.new_id(),
        **facts,
    )  # fmt: skip
    assert planned(office, *ON_THE_WAY_IN) == [("material-requested", subject if named else office.organizer)]


@pytest.mark.parametrize("own", [False, True])
def test_a_broken_promise_mails_whoever_logged_it(office: PostOffice, own: bool) -> None:
    subject = a_member(office) if own else None
    contact, promise = office.new_id(), office.new_id()
    logger = subject or office.organizer
    office.happens("contact.logged", contact, subject=subject, actor=logger, step="cn-cs", channel="hotline")
    office.happens(
        "contact.promise_recorded", contact, subject=subject, actor=logger, step="cn-cs", promise=promise,
        until="2026-03-05T10:00:00Z",
    )  # fmt: skip
    broken = office.happens("contact.promise_broken", contact, subject=subject, step="cn-cs", promise=promise)
    assert planned(office, *ON_THE_WAY_IN) == [("promise-broken", logger)]
    assert office.outbox("promise-broken")[0].words_event == broken


def test_a_kept_promise_mails_nobody(office: PostOffice) -> None:
    contact, promise = office.new_id(), office.new_id()
    office.happens("contact.logged", contact, actor=office.organizer, step="cn-cs", channel="hotline")
    office.happens("contact.promise_kept", contact, step="cn-cs", promise=promise)
    assert planned(office) == []


def test_an_event_delivered_twice_plans_once(office: PostOffice) -> None:
    office.joins()
    for delivered in [record for at in range(12) for record in office.stream.fetch(CAMPAIGN_EVENTS, at, -1, 100)]:
        office.stream.publish(CAMPAIGN_EVENTS, [delivered.record])
    assert [kind for kind, _ in planned(office)] == ["confirmation"]


def test_an_event_of_an_unknown_campaign_is_parked_and_others_go_on(office: PostOffice) -> None:
    known, office.campaign = office.campaign, office.new_id()
    office.happens("campaign.update_published", actor=office.organizer, words={})
    office.campaign = known
    subject = office.joins()
    assert planned(office) == [("confirmation", subject)]
    with office.service.engine.begin() as tx:
        assert [parked.reason for parked in office.service.consumers[0].letters.parked(tx)] == ["campaign-unknown"]


def test_every_kind_of_the_table_is_a_kind_of_mail() -> None:
    assert {"deadline-near", "deadline-lapsed", "promise-broken", "update"} <= set(KINDS)
    assert all(plans for plans in HANDLERS.values())
