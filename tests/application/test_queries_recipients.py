"""Whom a mail goes to: resolved when it is sent, with a link where one is needed, and only words they may read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from services.contracts import commands_v1 as c
from tests.support.campaign_house import House, Person


def told(house: House, campaign: str, recipient: str, event: str | None = None, link: str | None = None) -> Any:
    asks = [{"recipient": recipient, "event": event, "link": link}]
    return house.ask_inside("recipients", campaign=campaign, asks=asks)[0]


def event_of(house: House, campaign: str, kind: str) -> dict[str, Any]:
    events = house.ask_publicly("replay", campaign=campaign)["events"]
    found: dict[str, Any] = next(event for event in reversed(events) if event["type"] == kind)
    return found


def test_a_pending_member_gets_a_link_a_confirmed_one_none(house: House, li: Person) -> None:
    wang = house.person("Wang.Qiang@Example.org", "王强")
    wang.joins(li.campaign)
    pending = told(house, li.campaign, wang.subject, link="confirm")
    assert (pending["email"], pending["name"], pending["locale"]) == ("Wang.Qiang@Example.org", "王强", "zh-CN")
    assert wang.does(c.ConfirmMembership, token=pending["token"])["first"] is True
    assert told(house, li.campaign, wang.subject, link="confirm")["token"] is None


def test_the_newest_address_counts(house: House, li: Person) -> None:
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    subject = wang.subject
    wang.does(c.ChangeContact, email="new@example.org")
    house.timeline.settle()
    token = house.notifier.taken[-1].facts["token"]
    wang.does(c.ConfirmContactChange, token=token)
    assert told(house, li.campaign, subject)["email"] == "new@example.org"


def test_sealed_words_go_to_their_subject_alone(house: House, li: Person) -> None:
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    zhao = house.person("zhao@example.org", "赵敏").enters(li.campaign)
    li.does(c.ReviewEvidence, evidence=UUID(wang.submits()), verdict="more-needed", note="请补充")
    event = event_of(house, li.campaign, "evidence.reviewed")["id"]
    assert told(house, li.campaign, wang.subject, event)["words"]["note"] == "请补充"
    assert told(house, li.campaign, zhao.subject, event)["words"] == {}


def test_a_broken_promise_is_quoted_to_whoever_logged_it(house: House, li: Person) -> None:
    contact = UUID(li.calls())
    li.does(c.RecordPromise, contact=contact, until=house.local("2026-03-05 18:00"), what="三日内答复")
    house.comes("2026-03-05 18:00")
    event = event_of(house, li.campaign, "contact.promise_broken")["id"]
    organizer = li.asks("console")["actor"]
    answer = told(house, li.campaign, organizer, event)
    assert (answer["email"], answer["name"], answer["words"]["what"]) == ("li.wei@example.org", "李薇", "三日内答复")
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    assert told(house, li.campaign, wang.subject, event)["words"] == {}


def test_what_is_asked_for_a_collective_filing_is_read_by_the_member_who_is_asked(house: House, li: Person) -> None:
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    li.calls()
    filing = UUID(li.files()["filing"])
    li.does(c.RequestMaterial, asked="身份证明", member=UUID(wang.subject), filing=filing)
    event = event_of(house, li.campaign, "filing.material_requested")["id"]
    assert told(house, li.campaign, wang.subject, event)["words"]["asked"] == "身份证明"


def test_public_words_go_to_all(house: House, li: Person) -> None:
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    li.does(c.PublishUpdate, title="进展", body="已提交")
    event = event_of(house, li.campaign, "campaign.update_published")["id"]
    assert told(house, li.campaign, wang.subject, event)["words"] == {"title": "进展", "body": "已提交"}


def test_invited_staff_is_reached_by_the_address_of_the_invitation(house: House, li: Person) -> None:
    invited = li.does(c.InviteOrganizer, email="second@example.org", locale="en")["organizer"]
    answer = told(house, li.campaign, invited)
    assert (answer["email"], answer["name"], answer["locale"]) == ("second@example.org", None, "en")
    li.does(c.RemoveOrganizer, organizer=UUID(invited))
    assert told(house, li.campaign, invited) is None


def test_the_erased_and_the_unknown_are_gone(house: House, li: Person) -> None:
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    subject = wang.subject
    wang.does(c.WithdrawMembership)
    assert told(house, li.campaign, subject)["email"] == "wang@example.org"
    wang.does(c.RequestErasure)
    assert told(house, li.campaign, subject) is None
    assert told(house, li.campaign, "00000000-0000-4000-8000-000000000000") is None


def test_people_of_one_campaign_are_not_found_through_another(house: House, li: Person) -> None:
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    other = house.person("other@example.org", "别人")
    other.launches()
    assert told(house, other.campaign, wang.subject) is None


def test_a_known_address_that_joins_again_is_handed_over_with_a_link_while_pending(house: House, li: Person) -> None:
    wang = house.person("wang@example.org", "王强")
    wang.joins(li.campaign)
    wang.joins(li.campaign)
    house.timeline.settle()
    (mail,) = house.notifier.taken
    assert (mail.kind, mail.email, mail.campaign) == ("confirmation", "wang@example.org", li.campaign)
    assert wang.does(c.ConfirmMembership, token=mail.facts["token"])["first"] is True
    wang.joins(li.campaign)
    house.timeline.settle()
    assert [mail.kind for mail in house.notifier.taken] == ["confirmation", "already-joined"]
    assert house.service.workers[1].run_once() == 0
