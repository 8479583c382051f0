"""The filing aggregate: its states, its one clock, what is public of it and what is sealed."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.campaign.domain.filing import Filing
from tests.support.builders import a_prepared_filing, an_open_filing
from tests.support.given_when_then import NOW, act, refuses, then

LAST_DAY, LATER_DAY = date(2026, 3, 24), date(2026, 3, 31)
ANSWER: dict[str, Any] = {"verdict": "partly", "responder": "青禾钱包", "text": "同意退款", "responded_on": NOW.date()}


def _waiting() -> Filing:
    return an_open_filing(deadline=LAST_DAY)


def test_words_of_a_collective_filing_are_public_and_those_of_an_own_one_sealed() -> None:
    collective = Filing.prepare(act("organizer"), uuid4(), None, uuid4(), step="s", statement="x")
    own = Filing.prepare(act(), uuid4(), uuid4(), uuid4(), step="s", statement="x")
    (public,), (sealed,) = then(collective, Filing.FilingPrepared), then(own, Filing.FilingPrepared)
    assert (public.statement, public.own_statement) == ("x", None)
    assert (sealed.statement, sealed.own_statement) == (None, "x")


def test_an_override_is_told_with_its_reason() -> None:
    collective, own = a_prepared_filing(), a_prepared_filing(uuid4())
    for filing in (collective, own):
        filing.submit(
            act("organizer"), filed_on=NOW.date(), deadline=None, demand_version=1, warnings=["earlier-step-first"],
            override_reason="热线停机",
        )  # fmt: skip
    (public,), (sealed,) = then(collective, Filing.FilingSubmitted), then(own, Filing.FilingSubmitted)
    assert (public.override, public.override_reason, public.own_override_reason) == (True, "热线停机", None)
    assert (sealed.override, sealed.override_reason, sealed.own_override_reason) == (True, None, "热线停机")
    assert public.warnings == ["earlier-step-first"]


def test_it_is_submitted_once() -> None:
    filing = an_open_filing()
    with refuses("filing-not-open"):
        filing.submit(
            act("organizer"), filed_on=NOW.date(), deadline=None, demand_version=1, warnings=[], override_reason=None
        )


def test_a_receipt_keeps_it_open_sets_the_deadline_and_comes_once() -> None:
    filing = an_open_filing()
    receipt: dict[str, Any] = {"number": "QHTS-1", "received_on": NOW.date(), "deadline": LAST_DAY}
    filing.record_receipt(act("organizer"), **receipt)
    then(filing, Filing.ReceiptRecorded)
    assert (filing.state, filing.deadline) == ("open", LAST_DAY)
    with refuses("receipt-already-recorded"):
        filing.record_receipt(act("organizer"), **receipt)


@pytest.mark.parametrize(("days", "accepted"), [(60, True), (61, False), (365, False)])
def test_a_receipt_or_an_answer_long_before_the_filing_is_a_slip_of_the_pen(days: int, accepted: bool) -> None:
    """A mistyped year would let the deadline lapse at once, in public and for good."""
    day = NOW.date() - timedelta(days=days)

    def receipt(filing: Filing) -> None:
        filing.record_receipt(act("organizer"), number="1", received_on=day, deadline=None)

    def answer(filing: Filing) -> None:
        filing.record_response(act("organizer"), verdict="met", responder=None, text=None, responded_on=day)

    for recorded in (receipt, answer):
        filing = an_open_filing()
        if accepted:
            recorded(filing)
        else:
            with refuses("day-too-early"):
                recorded(filing)


def test_a_receipt_leaves_a_clock_that_runs_already() -> None:
    filing = _waiting()
    filing.record_receipt(act("organizer"), number="1", received_on=NOW.date(), deadline=None)
    assert filing.deadline == LAST_DAY


def test_a_deadline_is_only_made_longer() -> None:
    filing = _waiting()
    for day in (LAST_DAY, date(2026, 3, 1)):
        with refuses("deadline-not-later"):
            filing.extend_deadline(act("organizer"), day, None)
    filing.extend_deadline(act("organizer"), LATER_DAY, "复杂案件")
    (extended,) = then(filing, Filing.DeadlineExtended)
    assert (extended.reason, extended.own_reason) == ("复杂案件", None)
    with refuses("deadline-not-later"):
        an_open_filing().extend_deadline(act("organizer"), LATER_DAY, None)


def test_why_a_member_got_more_time_is_sealed() -> None:
    own = Filing.prepare(act(), uuid4(), uuid4(), uuid4(), step="s", statement="x")
    own.submit(act(), filed_on=NOW.date(), deadline=LAST_DAY, demand_version=1, warnings=[], override_reason=None)
    own.extend_deadline(act(), LATER_DAY, "我在住院")
    extended = then(own, Filing.FilingPrepared, Filing.FilingSubmitted, Filing.DeadlineExtended)[-1]
    assert (extended.reason, extended.own_reason) == (None, "我在住院")


@pytest.mark.parametrize("timers", [1, 4])
def test_a_deadline_lapses_once_however_many_timers_run(timers: int) -> None:
    filing = _waiting()
    for _ in range(timers):
        filing.lapse(act("system"), LAST_DAY)
    (lapsed,) = then(filing, Filing.DeadlineLapsed)
    assert (filing.state, lapsed.deadline, lapsed.actor) == ("lapsed", LAST_DAY, None)


def test_only_the_deadline_that_stands_can_lapse() -> None:
    extended, answered = _waiting(), _waiting()
    extended.extend_deadline(act("organizer"), LATER_DAY, None)
    answered.record_response(act("organizer"), **ANSWER)
    for filing in (extended, answered):
        list(filing.collect_events())
        filing.lapse(act("system"), LAST_DAY)
        then(filing)


def test_any_response_answers_it_even_after_the_lapse() -> None:
    for filing in (an_open_filing(), _waiting()):
        filing.lapse(act("system"), LAST_DAY)
        filing.record_response(act("organizer"), **ANSWER)
        assert filing.state == "answered"
    with refuses("invalid-choice"):
        an_open_filing().record_response(act("organizer"), **{**ANSWER, "verdict": "?"})
    with refuses("filing-not-open"):
        a_prepared_filing().record_response(act("organizer"), **ANSWER)


def test_the_words_of_a_response_are_sealed_in_an_own_filing() -> None:
    own, collective = an_open_filing(uuid4()), an_open_filing()
    own.record_response(act(), **ANSWER)
    collective.record_response(act("organizer"), **ANSWER)
    (sealed,), (public,) = then(own, Filing.ResponseRecorded), then(collective, Filing.ResponseRecorded)
    assert (sealed.text, sealed.own_text, sealed.responder) == (None, "同意退款", None)
    assert (public.text, public.own_text, public.responder) == ("同意退款", None, "青禾钱包")


def test_material_is_given_by_whom_it_was_asked_of() -> None:
    filing, request, asked, other = an_open_filing(), uuid4(), uuid4(), uuid4()
    filing.request_material(act("organizer"), request, member=asked, asked="报案回执", until=None)
    with refuses("not-found"):
        filing.give_material(act(), request, uuid4(), other)
    with refuses("not-found"):
        filing.give_material(act(), uuid4(), uuid4(), asked)
    filing.give_material(act(), request, uuid4(), asked)
    then(filing, Filing.MaterialRequested, Filing.MaterialGiven)


@pytest.mark.parametrize("owner", [None, uuid4()])
def test_material_asked_of_one_member_is_about_that_member_at_any_filing(owner: UUID | None) -> None:
    filing, asked = an_open_filing(owner), owner or uuid4()
    named, unnamed = uuid4(), uuid4()
    filing.request_material(act("organizer"), named, member=asked, asked="报案回执", until=None)
    filing.give_material(act(), named, uuid4(), asked)
    filing.request_material(act("organizer"), unnamed, member=None, asked="证据目录", until=None)
    by_name, given, of_filer = then(filing, Filing.MaterialRequested, Filing.MaterialGiven, Filing.MaterialRequested)
    assert (by_name.subject, given.subject, of_filer.subject) == (asked, asked, owner)
    assert (given.timestamp.minute, given.timestamp.second) == (0, 0)


def test_a_closed_filing_takes_nothing_more() -> None:
    filing = _waiting()
    with refuses("invalid-choice"):
        filing.close(act("organizer"), "tired")
    filing.close(act("organizer"), "settled")
    filing.close(act("organizer"), "settled")
    then(filing, Filing.FilingClosed)
    with refuses("filing-not-open", state="closed"):
        filing.record_receipt(act(), number="1", received_on=NOW.date(), deadline=None)
    with refuses("filing-not-open", state="closed"):
        filing.record_response(act(), **ANSWER)
    with refuses("filing-not-open", state="closed"):
        filing.extend_deadline(act(), LATER_DAY, None)
    with refuses("filing-not-open", state="closed"):
        filing.request_material(act(), uuid4(), member=None, asked="x", until=None)


def test_escalating_leaves_its_state() -> None:
    filing = _waiting()
    filing.escalate(act("organizer"), filing.step)
    filing.escalate(act("organizer"), "cn-pbc-12363")
    then(filing, Filing.FilingEscalated)
    assert filing.state == "open"
