"""The contact aggregate: promises are kept by a later answer, or broken by time, once."""

from uuid import uuid4

import pytest

from services.campaign.domain.contact import Contact
from tests.support.builders import a_contact
from tests.support.given_when_then import act, later, refuses, settled, then


def test_who_logged_it_is_the_member_or_the_organizer() -> None:
    member, organizer = uuid4(), uuid4()
    assert a_contact(subject=member).logger == member
    assert a_contact(logger=organizer).logger == organizer


def test_a_channel_is_one_of_the_vocabulary() -> None:
    with refuses("invalid-choice", field="channel"):
        Contact.log(
            act("organizer"),
            uuid4(),
            None,
            uuid4(),
            step="cn-cs",
            channel="pigeon",
            agent=None,
            staff_number=None,
            said=None,
        )


def test_a_promise_lies_ahead() -> None:
    contact = a_contact()
    with refuses("promise-in-past"):
        contact.record_promise(act("organizer"), uuid4(), later(), "答复")


def test_an_answer_in_time_keeps_all_open_promises() -> None:
    contact, first, second = a_contact(), uuid4(), uuid4()
    contact.record_promise(act("organizer"), first, later(days=1), "答复")
    contact.record_promise(act("organizer"), second, later(days=2), "退款")
    settled(contact)
    contact.keep_promises(act("organizer", at=later(hours=5)))
    contact.keep_promises(act("organizer", at=later(hours=6)))
    then(contact, Contact.PromiseKept, Contact.PromiseKept)
    assert set(contact.promises.values()) == {"kept"}


@pytest.mark.parametrize("times", [1, 3])
def test_time_breaks_a_promise_once_however_many_timers_run(times: int) -> None:
    contact, promise = a_contact(), uuid4()
    contact.record_promise(act("organizer"), promise, later(days=1), "答复")
    settled(contact)
    contact.break_promise(act("system", at=later(hours=23)), promise)
    then(contact)
    for _ in range(times):
        contact.break_promise(act("system", at=later(days=1)), promise)
    then(contact, Contact.PromiseBroken)
    contact.keep_promises(act("organizer", at=later(days=1)))
    then(contact)


def test_what_was_kept_is_not_broken_and_an_unknown_promise_is_nothing() -> None:
    contact, promise = a_contact(), uuid4()
    contact.record_promise(act("organizer"), promise, later(days=1), "答复")
    contact.keep_promises(act("organizer"))
    settled(contact)
    contact.break_promise(act("system", at=later(days=2)), promise)
    contact.break_promise(act("system", at=later(days=2)), uuid4())
    then(contact)


def test_a_promise_to_a_member_is_told_to_the_hour_and_its_end_seals_nothing() -> None:
    member, promise = uuid4(), uuid4()
    contact = a_contact(subject=member)
    contact.record_promise(act(actor=member), promise, later(days=1), "回电")
    contact.break_promise(act("system", at=later(days=1)), promise)
    recorded, broken = then(contact, Contact.PromiseRecorded, Contact.PromiseBroken)
    assert recorded.at and (broken.subject, broken.actor, broken.role) == (member, None, "system")
    assert broken.timestamp.minute == broken.timestamp.second == 0
