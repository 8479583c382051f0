"""A campaign launched, published, told about and ended; its organizers and auditors; versions and repeated requests."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.campaign.application.store import Commit, decided
from services.campaign.domain.campaign import Campaign
from services.contracts import commands_v1 as c
from tests.support.campaign_house import House, Person
from tests.support.given_when_then import refused


@pytest.fixture
def gu(house: House, li: Person) -> Person:
    return house.person("gu.xiao@example.org", "顾晓").enters(li.campaign)


OPERATOR = c.Caller(operator=True)


def operates(house: House, command: c.Command) -> dict[str, Any]:
    return house.service.execute(c.Request(command, OPERATOR))


def events_of(house: House, campaign: str) -> list[Any]:
    return list(house.service.commands.desk.aggregates.history(Campaign, UUID(campaign))[1])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"jurisdiction": "atlantis"}, "jurisdiction-unknown"),
        ({"problem": "bad_mood"}, "problem-unknown"),
        ({"timezone": "Mars/Olympus"}, "timezone-unknown"),
        ({"timezone": "../../etc/passwd"}, "timezone-unknown"),
        ({"timezone": ""}, "timezone-unknown"),
        ({"provider_kind": "casino"}, "invalid-choice"),
        ({"locale": "xx"}, "invalid-choice"),
        ({"demands": []}, "demands-missing"),
        ({"organizer_email": "somebody.else@example.org"}, "not-permitted"),
        ({"organizer_email": "nonsense"}, "email-invalid"),
    ],
)
def test_a_campaign_that_cannot_be_is_not_launched(house: House, changes: dict[str, Any], code: str) -> None:
    with refused(code):
        house.person("li.wei@example.org", "李薇").launches(**changes)
    assert house.service.folder.application.store.head() == 0


def test_it_is_published_under_the_title_as_last_revised(house: House) -> None:
    li = house.person("li.wei@example.org", "李薇")
    campaign = li.launches(title="草稿")
    li.does(c.ReviseCampaign, title="青禾钱包重复扣款,要求退款")
    li.does(c.ReviseCampaign, summary="更清楚的说明")
    li.publishes()
    assert events_of(house, campaign)[-1].title == "青禾钱包重复扣款,要求退款"
    with refused("already-published"):
        li.publishes()


def test_public_words_name_no_member(li: Person, gu: Person) -> None:
    named = "顾女士账户于5月18日恢复使用。"
    later = li.house.local("2026-03-09 09:00")
    for command, words in (
        (c.PublishUpdate, {"title": "一名成员账户已解锁", "body": named}),
        (c.PublishUpdate, {"title": named, "body": "正文"}),
        (c.ReviseCampaign, {"title": named}),
        (c.ReviseDemands, {"demands": [c.Demand("refund", "退款给顾晓")]}),
        (c.DecideEscalation, {"step": "cn-pbc-12363", "reason": named}),
        (c.DecideEscalation, {"step": "cn-pbc-12363", "override_reason": named}),
        (c.RecordOutcome, {"results": {1: "met"}, "note": named}),
        (c.OpenBallot, {"question": named, "options": ["a", "b"], "until": later}),
        (c.OpenBallot, {"question": "?", "options": ["顾晓", "b"], "until": later}),
        (c.SubmitFiling, {"step": "cn-psp-formal", "by": "collective", "statement": named}),
    ):
        with refused("names-a-member"):
            li.does(command, **words)
    li.does(c.PublishUpdate, title="一名成员账户已解锁", body="一名成员的账户于5月18日恢复使用。")


def test_a_name_that_was_only_typed_in_stops_nobody(house: House, li: Person, gu: Person) -> None:
    assert li.campaign is not None
    joining = c.JoinCampaign(UUID(li.campaign), "somebody@example.org", "退款", "zh-CN")
    house.service.execute(c.Request(joining))
    house.timeline.settle()
    li.does(c.PublishUpdate, title="退款进展", body="退款已经开始。")


def test_demands_are_revised_and_the_version_is_told(li: Person, gu: Person) -> None:
    answer = li.does(c.ReviseDemands, demands=[c.Demand("refund", "全额退还"), c.Demand("compensate", "占用费")])
    assert answer == {"demand_version": 2}
    with refused("stale-version", current=2):
        gu.does(c.GiveConsent, to="demands", demand_version=1)
    gu.does(c.GiveConsent, to="demands")
    gu.does(c.GiveConsent, to="filing", step="cn-psp-formal")
    gu.does(c.GiveConsent, to="contact")
    with refused("step-unknown"):
        gu.does(c.GiveConsent, to="filing")
    with refused("invalid-choice"):
        gu.does(c.GiveConsent, to="everything")


def test_its_end_tells_whether_it_was_resolved(house: House, li: Person, gu: Person) -> None:
    with refused("campaign-not-ended"):
        gu.does(c.ShareExperience, text="先拨热线")
    li.does(c.RecordOutcome, results={1: "met", 2: "partly"}, offered={"CNY": Decimal("5593")}, paid={})
    assert li.does(c.CloseCampaign) == {"state": "resolved"}
    gu.does(c.ShareExperience, text="先拨热线")
    li.does(c.ShareExperience, text="留受理编号")
    gu.does(c.RateOutcome, satisfied=True, text="退款到账")
    with refused("campaign-not-open"):
        li.does(c.OpenBallot, question="?", options=["a", "b"], until=house.local("2026-03-09 09:00"))
    with refused("campaign-ended"):
        li.does(c.CloseCampaign)


def test_a_suspension_stops_acts_but_not_leaving(house: House, li: Person, gu: Person) -> None:
    campaign = UUID(li.campaign)
    operates(house, c.SuspendCampaign(campaign, "abuse"))
    for person, command, words in (
        (li, c.PublishUpdate, {"title": "t", "body": "b"}),
        (gu, c.LogContact, {"step": "cn-cs", "channel": "hotline"}),
        (gu, c.RateOutcome, {"satisfied": True}),
    ):
        with refused("campaign-not-open", state="suspended"):
            person.does(command, **words)
    gu.does(c.TakeSafetySteps, taken=["lock-account"])
    gu.does(c.WithdrawMembership)
    gu.does(c.RequestErasure)
    operates(house, c.ResumeCampaign(campaign))
    li.does(c.PublishUpdate, title="t", body="b")
    with refused("campaign-not-suspended"):
        operates(house, c.ResumeCampaign(campaign))


def test_words_are_taken_away_and_the_reason_stays(house: House, li: Person) -> None:
    campaign, store = UUID(li.campaign), house.service.folder.application.store
    li.does(c.PublishUpdate, title="t", body="错误的话")
    update = events_of(house, li.campaign)[-1].event_id
    with refused("not-permitted"):
        li.does(c.RemoveContent, event=update, reason="mistake")
    with refused("invalid-choice"):
        operates(house, c.RemoveContent(campaign, update, "dislike"))
    assert update in store.content([update])
    for _ in range(2):
        operates(house, c.RemoveContent(campaign, update, "mistake"))
    assert store.content([update]) == {}
    assert sum(isinstance(e, Campaign.ContentRemoved) for e in events_of(house, li.campaign)) == 1
    with refused("not-found"):
        operates(house, c.RemoveContent(campaign, uuid4(), "mistake"))


def test_words_go_with_the_event_that_says_so(house: House, li: Person) -> None:
    li.does(c.PublishUpdate, title="t", body="错误的话")
    desk, store = house.service.commands.desk, house.service.folder.application.store
    campaign = desk.aggregates.load(Campaign, UUID(li.campaign))
    update = events_of(house, li.campaign)[-1].event_id
    campaign.remove_content(desk.act("operator", None), update, "court-order")
    store.commit(Commit(decided(campaign)))
    assert store.content([update]) == {}


def test_an_organizer_is_invited_accepts_and_can_be_removed(house: House, li: Person) -> None:
    he = house.person("he.jing@example.org", "何静", li.campaign)
    invitation = {"email": he.email, "locale": "zh-CN"}
    organizer = UUID(li.does(c.InviteOrganizer, **invitation)["organizer"])
    with refused("already-organizer"):
        li.does(c.InviteOrganizer, **invitation)
    with refused("not-permitted"):
        he.does(c.PublishUpdate, title="t", body="b")
    he.does(c.AcceptOrganizer, name="何静")
    he.does(c.PublishUpdate, title="t", body="b")
    li.does(c.RemoveOrganizer, organizer=organizer)
    with refused("not-permitted"):
        he.does(c.PublishUpdate, title="t", body="b")
    li.does(c.InviteOrganizer, **invitation)
    with refused("not-found"):
        li.does(c.RemoveOrganizer, organizer=organizer)


def test_the_last_organizer_stays(house: House, li: Person) -> None:
    organizer = events_of(house, li.campaign)[0].organizer
    with refused("last-organizer"):
        li.does(c.RemoveOrganizer, organizer=organizer)


def test_an_auditor_may_command_nothing(house: House, li: Person) -> None:
    chen = house.person("chen@audit.example.org", "陈审", li.campaign)
    invitation = {"name": chen.name, "email": chen.email, "locale": "zh-CN"}
    with refused("expiry-in-past"):
        li.does(c.InviteAuditor, **invitation, expires_on=date(2026, 3, 1))
    auditor = UUID(li.does(c.InviteAuditor, **invitation, expires_on=date(2026, 6, 1))["auditor"])
    with refused("already-auditor"):
        li.does(c.InviteAuditor, **invitation, expires_on=date(2026, 6, 1))
    for command, words in (
        (c.PublishUpdate, {"title": "t", "body": "b"}),
        (c.WithdrawMembership, {}),
        (c.RequestErasure, {}),
        (c.AcceptOrganizer, {"name": "x"}),
        (c.LogContact, {"step": "cn-cs", "channel": "web"}),
        (c.SuspendCampaign, {"reason": "abuse"}),
    ):
        with refused("not-permitted"):
            chen.does(command, **words)
    li.does(c.RemoveAuditor, auditor=auditor)
    with refused("not-found"):
        li.does(c.RemoveAuditor, auditor=auditor)


def test_an_act_on_a_version_that_was_overtaken_is_refused(house: House, li: Person) -> None:
    def revises(version: int) -> None:
        command = c.ReviseCampaign(UUID(li.campaign), "标题", None)
        house.service.execute(c.Request(command, li.caller, expected_version=version))

    revises(2)
    with refused("stale-version", given=2, current=3):
        revises(2)
    revises(3)


def test_a_repeated_request_gets_its_first_answer_and_another_under_its_key_none(house: House, li: Person) -> None:
    def invites(email: str, who: Person = li) -> dict[str, Any]:
        command = c.InviteOrganizer(UUID(li.campaign), email, "en")
        return house.service.execute(c.Request(command, who.caller, idempotency_key="one"))

    first = invites("he.jing@example.org")
    assert invites("he.jing@example.org") == first
    assert sum(isinstance(e, Campaign.OrganizerInvited) for e in events_of(house, li.campaign)) == 1
    with refused("idempotency-key-reused"):
        invites("other@example.org")
    stranger = house.person("stranger@example.org", "x")
    with refused("not-permitted"):
        invites("he.jing@example.org", stranger)
