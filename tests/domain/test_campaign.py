"""The campaign aggregate: its life from draft to end, its demands, its staff, its refusals."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from services.campaign.domain.campaign import Campaign
from tests.support.builders import DEMANDS, a_draft, an_open_campaign
from tests.support.given_when_then import NOW, act, refuses, then

TODAY = NOW.date()


def test_a_draft_becomes_open_with_the_first_version_of_its_demands() -> None:
    campaign = a_draft()
    campaign.publish(act("organizer"), "青禾钱包重复扣款")
    (published,) = then(campaign, Campaign.CampaignPublished)
    assert (campaign.state, campaign.demand_version, published.demand_version) == ("open", 1, 1)
    with refuses("already-published"):
        campaign.publish(act("organizer"), "again")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"demands": []}, "demands-missing"),
        ({"demands": [("refund", str(n)) for n in range(10)]}, "demands-too-many"),
        ({"demands": [("revenge", "x")]}, "invalid-choice"),
        ({"provider_kind": "casino"}, "invalid-choice"),
        ({"locale": "tlh"}, "invalid-choice"),
    ],
)
def test_a_draft_is_refused(facts: dict[str, Any], code: str) -> None:
    with refuses(code):
        a_draft(**facts)


def test_revised_demands_are_a_new_version() -> None:
    campaign = an_open_campaign()
    campaign.revise_demands(act("organizer"), [*DEMANDS, ("compensate", "资金占用费")])
    (revised,) = then(campaign, Campaign.DemandsRevised)
    assert revised.demand_version == campaign.demand_version == 2
    assert revised.demand_kinds == campaign.demand_kinds == ["refund", "fix", "compensate"]


def test_words_can_be_revised_but_not_with_nothing() -> None:
    campaign = a_draft()
    campaign.revise(act("organizer"), None, "更清楚的说明")
    then(campaign, Campaign.CampaignRevised)
    with refuses("nothing-to-change"):
        campaign.revise(act("organizer"), None, None)


def test_what_needs_an_open_campaign_is_refused_before_and_after() -> None:
    closed = an_open_campaign()
    closed.close(act("organizer"))
    for campaign, state in ((a_draft(), "draft"), (closed, "closed")):
        organizer = act("organizer")
        with refuses("campaign-not-open", state=state):
            campaign.revise_demands(organizer, DEMANDS)
        with refuses("campaign-not-open"):
            campaign.decide_escalation(organizer, "cn-pbc-12363", warnings=[], override=False, reason=None)
        with refuses("campaign-not-open"):
            campaign.suspend(act("operator"), "safety")
    with refuses("campaign-not-open"):
        a_draft().publish_update(act("organizer"), "t", "b")
    with refuses("campaign-not-open"):
        a_draft().record_outcome(act("organizer"), {1: "met"}, {}, {}, None)
    with refuses("campaign-not-open"):
        a_draft().close(act("organizer"))


def test_it_is_resolved_with_an_outcome_and_closed_without_one() -> None:
    resolved, closed = an_open_campaign(), an_open_campaign()
    resolved.record_outcome(act("organizer"), {2: "partly", 1: "met"}, {"CNY": "5593"}, {"CNY": "5593.0"}, None)
    resolved.close(act("organizer"))
    recorded, _ = then(resolved, Campaign.OutcomeRecorded, Campaign.CampaignResolved)
    assert (recorded.results, recorded.offered) == ({"1": "met", "2": "partly"}, {"CNY": "5593.00"})
    closed.close(act("organizer"))
    then(closed, Campaign.CampaignClosed)
    assert (resolved.state, closed.state) == ("resolved", "closed")
    with refuses("campaign-ended"):
        closed.close(act("organizer"))
    with refuses("campaign-ended"):
        closed.revise(act("organizer"), "t", None)
    with refuses("campaign-ended"):
        closed.invite_organizer(act("organizer"), uuid4(), "a@example.org", "en")


@pytest.mark.parametrize(
    ("results", "paid", "code"),
    [
        ({}, {}, "outcome-empty"),
        ({3: "met"}, {}, "demand-unknown"),
        ({0: "met"}, {}, "demand-unknown"),
        ({1: "perhaps"}, {}, "invalid-choice"),
        ({1: "met"}, {"CNY": "-1"}, "amount-not-positive"),
        ({1: "met"}, {"CNY": "1.005"}, "amount-too-precise"),
        ({1: "met"}, {"XXX": "1"}, "currency-unknown"),
    ],
)
def test_an_outcome_is_refused(results: dict[int, str], paid: dict[str, str], code: str) -> None:
    campaign = an_open_campaign()
    with refuses(code):
        campaign.record_outcome(act("organizer"), results, {}, paid, None)
    then(campaign)


def test_experiences_are_shared_only_after_the_end() -> None:
    campaign = an_open_campaign()
    with refuses("campaign-not-ended"):
        campaign.share_experience(act("organizer"), "先拨热线")
    campaign.close(act("organizer"))
    campaign.share_experience(act("organizer"), "先拨热线")
    then(campaign, Campaign.CampaignClosed, Campaign.ExperienceShared)


def test_a_suspended_campaign_goes_on_where_it_was() -> None:
    campaign = an_open_campaign()
    with refuses("campaign-not-suspended"):
        campaign.resume(act("operator"))
    with refuses("invalid-choice"):
        campaign.suspend(act("operator"), "boredom")
    campaign.suspend(act("operator"), "court-order")
    assert campaign.state == "suspended"
    campaign.resume(act("operator"))
    then(campaign, Campaign.CampaignSuspended, Campaign.CampaignResumed)
    assert campaign.state == "open"


def test_organizers_are_invited_accept_and_go_but_the_last_stays() -> None:
    first, second = uuid4(), uuid4()
    campaign = an_open_campaign(first)
    campaign.invite_organizer(act("organizer", first), second, "second@example.org", "en")
    with refuses("last-organizer"):
        campaign.remove_organizer(act("organizer", first), first)
    campaign.accept_organizer(act("organizer", second), second, "Noor")
    campaign.accept_organizer(act("organizer", second), second, "Noor")
    campaign.remove_organizer(act("organizer", second), first)
    then(campaign, Campaign.OrganizerInvited, Campaign.OrganizerAccepted, Campaign.OrganizerRemoved)
    assert campaign.organizers == {second: "accepted"}
    for stranger in (first, uuid4()):
        with refuses("not-found"):
            campaign.remove_organizer(act("organizer", second), stranger)
        with refuses("not-found"):
            campaign.accept_organizer(act("organizer"), stranger, "x")


def test_an_auditor_is_invited_for_a_time() -> None:
    campaign, auditor = an_open_campaign(), uuid4()
    whom: dict[str, Any] = {"name": "陈审", "email": "chen@audit.example.org", "locale": "zh-CN", "today": TODAY}
    yesterday = date.fromordinal(TODAY.toordinal() - 1)
    with refuses("expiry-in-past"):
        campaign.invite_auditor(act("organizer"), auditor, expires_on=yesterday, **whom)
    campaign.invite_auditor(act("organizer"), auditor, expires_on=TODAY, **whom)
    assert campaign.auditors == {auditor: TODAY}
    campaign.remove_auditor(act("organizer"), auditor)
    then(campaign, Campaign.AuditorInvited, Campaign.AuditorRemoved)
    with refuses("not-found"):
        campaign.remove_auditor(act("organizer"), auditor)


def test_words_are_removed_for_a_coded_reason_only() -> None:
    campaign, event = an_open_campaign(), uuid4()
    with refuses("invalid-choice"):
        campaign.remove_content(act("operator"), event, "dislike")
    campaign.remove_content(act("operator"), event, "mistake")
    then(campaign, Campaign.ContentRemoved)


def test_an_act_on_a_campaign_is_told_to_the_second() -> None:
    campaign = an_open_campaign()
    campaign.publish_update(act("organizer"), "t", "b")
    (event,) = then(campaign, Campaign.UpdatePublished)
    assert event.timestamp == NOW.replace(microsecond=0)
    assert (event.subject, event.role, event.campaign) == (None, "organizer", campaign.id)
