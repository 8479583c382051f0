"""Sending: looked at again, tried again, given up, never twice; urgent mail first; a crash at the worst moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.contracts.codes import Refused
from services.contracts.notifier_port import Handover
from services.contracts.topics import NOTIFIER_EVENTS
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.notifier.adapters.outbox_sql import SqlOutbox
from services.notifier.adapters.tables import HANDED, SUPPRESSED
from services.notifier.application.ports import Waiting
from tests.support.post_office import DATABASES, START, PostOffice, post_office
from tests.support.smtp_sink import SmtpSink
from tests.support.streams import read_all

NIGHT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)  # 23:00 in Shanghai
MORNING = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)


@pytest.fixture(params=DATABASES)
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[PostOffice]:
    with post_office(tmp_path, request.param) as office:
        office.launches()
        yield office


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    sink = SmtpSink().start()
    yield sink
    sink.stop()


@pytest.fixture
def by_smtp(tmp_path: Path, sink: SmtpSink) -> Iterator[PostOffice]:
    office = PostOffice(
        tmp_path, smtp_host="127.0.0.1", smtp_port=sink.port, mail_from="chorus@chorus.example", smtp_seconds=1.0
    )
    office.launches()
    yield office
    office.close()


def kinds(office: PostOffice, to: str | None = None) -> list[str]:
    return [seen.kind for seen in office.mails(to=to)]


def states(office: PostOffice, kind: str) -> list[tuple[str, str | None]]:
    return [(row.state, row.reason) for row in office.outbox(kind)]


def hand(office: PostOffice, kind: str = "sign-in", id: str = "h1", email: str = "li@example.org") -> Handover:
    facts = {"token": "tok-1", "code": "ABCD-2345"} if kind == "sign-in" else {}
    campaign = None if kind == "sign-in" else office.campaign
    mail = Handover(id, kind, email, "zh-CN", facts, campaign)
    office.service.port.hand_over(mail)
    return mail


# still wanted?


def test_a_confirmation_is_not_sent_once_the_member_withdrew(office: PostOffice) -> None:
    subject = office.joins()
    office.happens("membership.withdrew", subject, subject=subject, actor=subject)
    office.settle()
    assert office.mails() == []
    assert states(office, "confirmation") == [("dropped", "left")]


def test_news_is_for_the_confirmed_only(office: PostOffice) -> None:
    wang, zhao = office.member("wang@example.org"), office.member("zhao@example.org")
    office.joins("pending@example.org")
    office.happens("membership.withdrew", zhao, subject=zhao, actor=zhao)
    office.happens("campaign.update_published", actor=office.organizer, words={"title": "t", "body": "b"})
    office.settle()
    assert [seen.to for seen in office.mails(kind="update")] == ["wang@example.org"]
    assert wang in [row.recipient for row in office.outbox("update")]


def test_news_is_for_those_who_were_confirmed_when_it_was_published(office: PostOffice) -> None:
    office.happens("campaign.update_published", actor=office.organizer, words={"title": "t", "body": "b"})
    office.joins()
    office.follow()
    office.confirms(office.outbox("confirmation")[0].recipient)
    office.settle()
    assert office.mails(kind="update") == []


def test_nobody_who_was_erased_gets_mail(office: PostOffice) -> None:
    subject = office.member()
    office.clock.set(NIGHT)
    office.happens("evidence.reviewed", office.new_id(), subject=subject, actor=office.organizer, verdict="more-needed")
    office.follow()
    office.happens("membership.subject_erased", subject, subject=subject, basis="member-request")
    office.advances(MORNING + timedelta(hours=1))
    assert states(office, "evidence-more-needed") == [("dropped", "erased")]


def test_whoever_campaign_no_longer_knows_is_gone(office: PostOffice) -> None:
    office.joins()
    office.campaign_service.people.clear()
    office.settle()
    assert states(office, "confirmation") == [("dropped", "gone")]


def test_an_invalidated_member_gets_news_again_once_reinstated(office: PostOffice) -> None:
    subject = office.member()
    for change, mails in (("membership.invalidated", 0), ("membership.reinstated", 1)):
        office.happens(change, subject, subject=subject, actor=office.organizer)
        office.happens("campaign.update_published", actor=office.organizer, words={"title": "t", "body": "b"})
        office.settle()
        assert len(office.mails(kind="update")) == mails


def test_words_that_a_user_typed_are_asked_for_once_they_can_be_shown(office: PostOffice) -> None:
    def asked() -> list[str]:
        office.follow()
        office.campaign_service.asked.clear()
        (deliver,) = office.service.timed
        deliver.run_due(office.clock.now(), inclusive=True)
        return office.campaign_service.asked

    subject = office.joins()
    assert "content" not in asked()
    office.confirms(subject)
    assert "content" in asked()
    assert kinds(office) == ["confirmation", "welcome"]
    assert "青禾钱包重复扣款" in office.mails("welcome")[0].text


# deadlines


def filed(office: PostOffice, deadline: str) -> str:
    filing = office.new_id()
    office.happens(
        "filing.submitted", filing, actor=office.organizer, step="cn-psp-formal", filed_on="2026-03-02",
        deadline=deadline,
    )  # fmt: skip
    office.settle()
    return filing


@pytest.mark.parametrize("ending", ["filing.response_recorded", "filing.closed", "filing.deadline_lapsed"])
def test_a_near_deadline_is_not_told_once_the_filing_is_no_longer_open(office: PostOffice, ending: str) -> None:
    filing = filed(office, "2026-03-12")
    office.happens(ending, filing, actor=office.organizer, step="cn-psp-formal", deadline="2026-03-12", verdict="met")
    office.advances(datetime(2026, 3, 12, tzinfo=UTC))
    assert states(office, "deadline-near") == [("dropped", "superseded")]


def test_an_extension_moves_the_mail(office: PostOffice) -> None:
    filing = filed(office, "2026-03-12")
    office.happens("filing.deadline_extended", filing, actor=office.organizer, step="x", deadline="2026-03-20")
    office.advances(datetime(2026, 3, 18, 23, 59, tzinfo=UTC))
    assert office.mails(kind="deadline-near") == []
    office.advances(datetime(2026, 3, 19, 0, 0, tzinfo=UTC))
    (mail,) = office.mails(kind="deadline-near")
    assert "2026年3月20日" in mail.text
    assert states(office, "deadline-near") == [("dropped", "superseded"), ("sent", None)]


def test_a_lapse_at_midnight_is_told_at_eight(office: PostOffice) -> None:
    filing = filed(office, "2026-03-12")
    midnight = datetime(2026, 3, 12, 16, 0, tzinfo=UTC)
    office.advances(midnight)
    office.happens("filing.deadline_lapsed", filing, step="cn-psp-formal", deadline="2026-03-12")
    office.advances(midnight + timedelta(hours=8) - timedelta(seconds=1))
    assert office.mails(kind="deadline-lapsed") == []
    office.advances(midnight + timedelta(hours=8))
    (mail,) = office.mails(kind="deadline-lapsed")
    assert mail.date == "2026-03-13T00:00:00+00:00"


def test_at_night_only_what_somebody_waits_for_leaves(office: PostOffice) -> None:
    office.clock.set(NIGHT)
    subject = office.joins("wang@example.org")
    office.settle()
    office.happens("membership.safety_step_taken", subject, subject=subject, actor=subject, steps=["lock-account"])
    office.confirms(subject)
    hand(office, "sign-in")
    office.settle()
    assert kinds(office) == ["confirmation", "sign-in", "safety-record"]
    office.advances(MORNING)
    assert kinds(office)[3:] == ["welcome"]


def test_a_mail_that_fell_behind_waits_for_the_morning_too(office: PostOffice) -> None:
    office.joins()
    office.settle()
    office.campaign_service.down = TemporaryFailure("campaign-away")
    office.confirms(office.outbox("confirmation")[0].recipient)
    office.clock.set(NIGHT - timedelta(hours=1, seconds=10))
    office.settle()
    office.campaign_service.down = None
    office.clock.set(NIGHT)
    office.settle()
    assert "welcome" not in kinds(office)
    office.advances(MORNING)
    assert "welcome" in kinds(office)


# trying again


def test_while_campaign_is_away_mails_wait_without_blame(office: PostOffice) -> None:
    office.campaign_service.down = TemporaryFailure("campaign-away")
    office.joins()
    office.settle()
    (row,) = office.outbox("confirmation")
    assert (row.state, row.attempts, row.reason) == ("due", 0, "campaign-away")
    office.campaign_service.down = None
    office.advances(START + timedelta(minutes=1))
    assert kinds(office) == ["confirmation"]


@pytest.mark.parametrize("answer", ["defer", "defer-address", "drop", "stall"])
def test_a_mail_that_was_put_off_is_sent_later_once(by_smtp: PostOffice, sink: SmtpSink, answer: Any) -> None:
    sink.script.append(answer)
    by_smtp.joins()
    by_smtp.settle()
    (row,) = by_smtp.outbox("confirmation")
    assert (row.state, row.attempts, len(sink.taken)) == ("due", 1, 0)
    by_smtp.advances(START + timedelta(minutes=2))
    assert sink.recipients == ["wang@example.org"]


def test_rests_grow_until_it_is_given_up(by_smtp: PostOffice, sink: SmtpSink) -> None:
    sink.script += ["defer"] * 30
    by_smtp.joins()
    by_smtp.advances(START + timedelta(days=6))
    (row,) = by_smtp.outbox("confirmation")
    assert (row.state, row.reason, len(sink.script)) == ("failed", "gave-up", 6)


def test_a_refused_message_fails_and_others_go(by_smtp: PostOffice, sink: SmtpSink) -> None:
    sink.script.append("refuse")
    by_smtp.joins("wang@example.org")
    by_smtp.joins("zhao@example.org")
    by_smtp.settle()
    assert [row.state for row in by_smtp.outbox("confirmation")] == ["failed", "sent"]
    assert sink.recipients == ["zhao@example.org"]


def test_an_address_that_refuses_gets_no_more_news_and_may_still_sign_in(by_smtp: PostOffice, sink: SmtpSink) -> None:
    subject = by_smtp.member("wang@example.org")
    sink.script.append("refuse-address")
    by_smtp.happens("campaign.update_published", actor=by_smtp.organizer, words={"title": "t", "body": "b"})
    by_smtp.settle()
    by_smtp.happens("membership.safety_step_taken", subject, subject=subject, actor=subject, steps=["lock-account"])
    by_smtp.settle()
    assert [(row.state, row.reason) for row in by_smtp.outbox("safety-record")] == [("dropped", "suppressed")]
    hand(by_smtp, "sign-in", email="Wang@example.org")
    by_smtp.settle()
    by_smtp.happens("membership.safety_step_taken", subject, subject=subject, actor=subject, steps=["lock-account"])
    by_smtp.settle()
    assert [str(mail["X-Chorus-Kind"]) for mail in sink.taken[-2:]] == ["sign-in", "safety-record"]


def test_suppression_knows_no_address(by_smtp: PostOffice, sink: SmtpSink) -> None:
    sink.script.append("refuse-address")
    by_smtp.joins("wang@example.org")
    by_smtp.settle()
    with by_smtp.service.engine.connect() as tx:
        (row,) = tx.execute(SUPPRESSED.select()).all()
    assert len(row.address_key) == 32
    assert b"wang" not in bytes(row.address_key)


def test_a_mail_server_that_is_away_holds_all_mail_back_for_a_while(by_smtp: PostOffice, sink: SmtpSink) -> None:
    sink.stop()
    for number in range(5):
        by_smtp.joins(f"m{number}@example.org")
    by_smtp.settle()
    assert {(row.state, row.attempts, row.reason) for row in by_smtp.outbox()} == {("due", 0, "mail-server-away")}


def test_words_that_do_not_fit_fail_their_own_mail_only(office: PostOffice) -> None:
    wang, zhao = office.member("wang@example.org"), office.member("zhao@example.org")
    for subject, results in ((wang, 7), (zhao, ["lock-account"])):
        office.happens("membership.safety_step_taken", subject, subject=subject, actor=subject, steps=results)
    office.settle()
    assert states(office, "safety-record") == [("failed", "not-rendered"), ("sent", None)]


def test_a_row_that_campaign_refuses_holds_up_no_other(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = office.joins("a@example.org"), office.joins("b@example.org")
    answer = office.campaign_service._recipient

    def refuse_the_first(ask: Any) -> Any:
        if ask["recipient"] == first:
            raise PermanentFailure("seal-broken")
        return answer(ask)

    monkeypatch.setattr(office.campaign_service, "_recipient", refuse_the_first)
    office.settle()
    assert [(row.recipient, row.state) for row in office.outbox()] == [(first, "failed"), (second, "sent")]


@pytest.fixture(params=[lambda: Refused("internal"), ZeroDivisionError], ids=["apart", "in one process"])
def breaks_for_the_first(
    office: PostOffice, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, str]:
    """Campaign cannot answer for one of two, and it is not that one's fault."""
    first, second = office.joins("a@example.org"), office.joins("b@example.org")
    answer = office.campaign_service._recipient

    def broken(ask: Any) -> Any:
        if ask["recipient"] == first:
            raise request.param()
        return answer(ask)

    monkeypatch.setattr(office.campaign_service, "_recipient", broken)
    return first, second


def test_a_row_for_which_campaign_breaks_is_tried_again_and_holds_up_no_other(
    office: PostOffice, breaks_for_the_first: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = breaks_for_the_first
    office.settle()
    assert [(row.recipient, row.state, row.attempts, row.reason) for row in office.outbox()] == [
        (first, "due", 1, "campaign-broke"),
        (second, "sent", 0, None),
    ]
    monkeypatch.undo()
    office.advances(START + timedelta(minutes=2))
    assert [row.state for row in office.outbox()] == ["sent", "sent"]


def test_a_row_for_which_campaign_stays_broken_is_given_up(
    office: PostOffice, breaks_for_the_first: tuple[str, str]
) -> None:
    office.advances(START + timedelta(days=6))
    assert [(row.state, row.reason) for row in office.outbox()] == [("failed", "gave-up"), ("sent", None)]


@pytest.mark.parametrize("failure", [TemporaryFailure("campaign-away"), Refused("internal")], ids=["away", "broken"])
def test_names_that_campaign_cannot_tell_now_lose_no_mail(
    office: PostOffice, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = office.campaign_service.ask

    def no_names(query: str, *rest: Any) -> Any:
        if query == "casework":
            raise failure
        return answer(query, *rest)

    office.joins()
    with monkeypatch.context() as outage:
        outage.setattr(office.campaign_service, "ask", no_names)
        office.settle()
        assert [row.state for row in office.outbox()] == ["due"]
    office.advances(START + timedelta(minutes=2))
    assert [row.state for row in office.outbox()] == ["sent"]


# crashes


def test_a_crash_between_250_and_commit_repeats_the_very_same_message(
    by_smtp: PostOffice, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    by_smtp.joins()
    with monkeypatch.context() as crash:
        crash.setattr(SqlOutbox, "sent", dies)
        with pytest.raises(KeyboardInterrupt):
            by_smtp.settle()
    assert len(sink.taken) == 1
    by_smtp.restart()
    by_smtp.settle()
    by_smtp.settle()
    assert len(sink.message_ids) == 2
    assert len(set(sink.message_ids)) == 1
    assert [row.state for row in by_smtp.outbox()] == ["sent"]


def test_a_busy_database_sends_nothing_a_second_time(
    by_smtp: PostOffice, sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded, busy = SqlOutbox.sent, iter([True, True, False])

    def sent(outbox: SqlOutbox, row: Waiting, at: datetime) -> None:
        if next(busy):
            raise TemporaryFailure("database-busy")
        recorded(outbox, row, at)

    monkeypatch.setattr(SqlOutbox, "sent", sent)
    by_smtp.joins()
    by_smtp.settle()
    by_smtp.advances(START + timedelta(days=1))
    assert len(sink.taken) == 1
    assert [row.state for row in by_smtp.outbox()] == ["sent"]


def test_a_batch_that_broke_off_does_not_wait_for_its_claim(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sign-in link would not outlive it."""

    def busy(*_: object, **__: object) -> None:
        raise TemporaryFailure("database-busy")

    (deliver,) = office.service.timed
    hand(office)
    hand(office, id="h2", email="wang@example.org")
    with monkeypatch.context() as while_busy:
        while_busy.setattr(SqlOutbox, "sent", busy)
        while_busy.setattr(SqlOutbox, "postpone", busy)
        with pytest.raises(TemporaryFailure):
            deliver.run_due(office.clock.now(), inclusive=True)
    assert deliver.run_due(office.clock.now(), inclusive=True) == 2
    assert {row.state for row in office.outbox()} == {"sent"}
    assert len(office.mails()) == 2


def test_what_another_process_is_sending_is_left_alone_until_its_claim_runs_out(office: PostOffice) -> None:
    office.joins()
    office.follow()
    other = SqlOutbox(office.service.engine, "another")
    assert other.claim(office.clock.now(), True, START + timedelta(minutes=10))
    office.restart()
    office.settle()
    assert office.mails() == []
    office.advances(START + timedelta(minutes=10))
    assert kinds(office) == ["confirmation"]


# handed over


def test_a_mail_handed_over_is_sent_and_its_address_destroyed(office: PostOffice) -> None:
    hand(office)
    with office.service.engine.connect() as tx:
        (row,) = tx.execute(HANDED.select()).all()
    assert b"li@example.org" not in row.sealed
    hand(office)
    office.settle()
    hand(office)
    office.settle()
    (mail,) = office.mails(kind="sign-in")
    assert mail.links == ["https://chorus.example/sign-in/tok-1"]
    assert "ABCD-2345" in mail.text
    with office.service.engine.connect() as tx:
        assert tx.execute(HANDED.select()).all() == []


def test_an_address_is_kept_a_day_at_the_longest(by_smtp: PostOffice, sink: SmtpSink) -> None:
    sink.script += ["defer"] * 40
    hand(by_smtp, "sign-in")
    by_smtp.advances(START + timedelta(hours=24))
    assert [(row.state, row.reason) for row in by_smtp.outbox("sign-in")] == [("dropped", "expired")]
    with by_smtp.service.engine.connect() as tx:
        assert tx.execute(HANDED.select()).all() == []
    assert sink.taken == []


def test_no_other_kind_is_handed_over(office: PostOffice) -> None:
    with pytest.raises(PermanentFailure, match="mail-kind-unknown"):
        office.service.port.hand_over(Handover("h", "update", "li@example.org", "zh-CN"))


# announcements and unsubscribing


def test_what_was_sent_is_announced_without_anything_personal(office: PostOffice) -> None:
    subject = office.member()
    told = [delivered.record.envelope for delivered in read_all(office.stream, NOTIFIER_EVENTS)]
    assert [envelope.type for envelope in told] == ["mail.sent"] * 2
    assert all(subject.encode() in envelope.data for envelope in told)
    assert all(b"example.org" not in envelope.data and "王强".encode() not in envelope.data for envelope in told)


def test_unsubscribing_stops_the_news_and_nothing_else(office: PostOffice) -> None:
    subject = office.member()
    office.happens("campaign.update_published", actor=office.organizer, words={"title": "t", "body": "b"})
    office.settle()
    (mail,) = office.mails(kind="update")
    token = mail.links[-1].rpartition("/")[2]
    assert office.service.port.unsubscribe(token)
    assert office.service.port.unsubscribe(token)
    office.happens("campaign.update_published", actor=office.organizer, words={"title": "t", "body": "b"})
    office.happens("membership.safety_step_taken", subject, subject=subject, actor=subject, steps=["lock-account"])
    office.settle()
    assert len(office.mails(kind="update")) == 1
    assert len(office.mails(kind="safety-record")) == 1
    types = [delivered.record.envelope.type for delivered in read_all(office.stream, NOTIFIER_EVENTS)]
    assert types.count("mail.unsubscribed") == 1


@pytest.mark.parametrize("token", ["", "x", "é", "AAAA", "A" * 64, "A" * 65])
def test_a_token_that_is_not_ours_stops_nothing(office: PostOffice, token: str) -> None:
    assert not office.service.port.unsubscribe(token)


# urgency


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)
def test_somebody_who_signs_in_does_not_wait_for_a_fan_out(office: PostOffice) -> None:
    for number in range(120):
        office.confirms(office.joins(f"m{number}@example.org"))
    office.follow()
    office.happens("campaign.update_published", actor=office.organizer, words={"title": "t", "body": "b"})
    office.follow()
    (deliver,) = office.service.timed
    while not office.mails(kind="update"):
        deliver.run_due(office.clock.now(), inclusive=True)
    sent = len(office.mails(kind="update"))
    hand(office)
    deliver.run_due(office.clock.now(), inclusive=True)
    assert len(office.mails(kind="sign-in")) == 1
    assert len(office.mails(kind="update")) == sent < 120
