"""The membership aggregate: joining, confirming, claim, consent, leaving, erasure, each refusal."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from services.campaign.domain.membership import Membership
from tests.support.builders import a_member, a_pending_member
from tests.support.given_when_then import NOW, act, refuses, then

LOSS: dict[str, Any] = {
    "problem": "duplicate_charge", "remedy": "refund", "happened": NOW - timedelta(days=3), "amount": "328.50",
    "currency": "CNY", "reference": "QH20260227211403",
}  # fmt: skip


def test_confirming_is_consent_to_the_demands_then_current_and_counts_once() -> None:
    member = a_pending_member()
    assert member.confirm(act(actor=member.id), 3) is True
    assert member.confirm(act(actor=member.id), 4) is False
    (confirmed,) = then(member, Membership.MemberConfirmed)
    assert (confirmed.demand_version, member.demand_version, member.state) == (3, 3, "confirmed")


def test_a_members_event_is_told_to_the_hour_and_its_instant_is_sealed() -> None:
    member = a_pending_member()
    member.confirm(act(actor=member.id), 1)
    (confirmed,) = then(member, Membership.MemberConfirmed)
    assert confirmed.timestamp == NOW.replace(minute=0, second=0, microsecond=0)
    assert confirmed.at == "2026-03-02T02:05:17.431Z"
    assert confirmed.subject == confirmed.actor == member.id


def test_who_has_left_cannot_confirm() -> None:
    member = a_pending_member()
    member.withdraw(act())
    with refuses("membership-ended", state="withdrawn"):
        member.confirm(act(), 1)


def test_joining_wants_a_locale_we_speak() -> None:
    with refuses("invalid-choice", field="locale"):
        Membership.join(act(), uuid4(), uuid4(), email="a@example.org", name="A", locale="fr")


def test_a_claim_is_stated_and_stated_again() -> None:
    member = a_member()
    member.state_claim(act(), **LOSS)
    member.state_claim(act(), **{**LOSS, "amount": Decimal("1204")})
    first, second = then(member, Membership.ClaimStated, Membership.ClaimStated)
    assert (first.amount, second.amount, second.currency) == (Decimal("328.50"), Decimal("1204.00"), "CNY")
    assert first.private_amount is None


def test_a_private_amount_is_in_no_clear_field() -> None:
    member = a_member()
    member.state_claim(act(), **LOSS, private=True)
    (claim,) = then(member, Membership.ClaimStated)
    assert (claim.amount, claim.currency, claim.private_amount) == (None, None, "328.50 CNY")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": "-5"}, "amount-not-positive"),
        ({"amount": "0"}, "amount-not-positive"),
        ({"amount": "0.005"}, "amount-too-precise"),
        ({"amount": "100.50", "currency": "JPY"}, "amount-too-precise"),
        ({"amount": "1e12"}, "amount-too-large"),
        ({"amount": "NaN"}, "amount-malformed"),
        ({"amount": "a lot"}, "amount-malformed"),
        ({"amount": None}, "amount-missing"),
        ({"currency": None}, "currency-missing"),
        ({"currency": "QQQ"}, "currency-unknown"),
        ({"happened": NOW + timedelta(seconds=1)}, "happened-in-future"),
        ({"remedy": "revenge"}, "invalid-choice"),
    ],
)
def test_a_claim_is_refused(changes: dict[str, Any], code: str) -> None:
    member = a_member()
    with refuses(code):
        member.state_claim(act(), **{**LOSS, **changes})
    then(member)


@pytest.mark.parametrize("amount", [None, "0"])
def test_where_no_money_is_claimed_back_the_amount_may_be_nothing(amount: str | None) -> None:
    member = a_member()
    member.state_claim(act(), **{**LOSS, "remedy": "unfreeze", "amount": amount})
    then(member, Membership.ClaimStated)


def test_only_a_confirmed_member_claims_consents_rates_or_shares() -> None:
    for member in (a_pending_member(), _withdrawn()):
        with refuses("not-a-member"):
            member.state_claim(act(), **LOSS)
        with refuses("not-a-member"):
            member.consent_to_demands(act(), 1, 1)
        with refuses("not-a-member"):
            member.consent_to_filing(act(), "cn-psp-formal")
        with refuses("not-a-member"):
            member.consent_to_contact(act())
        with refuses("not-a-member"):
            member.rate(act(), True, None)
        with refuses("not-a-member"):
            member.share_experience(act(), "x", ended=True)
        with refuses("not-a-member"):
            member.change_contact(act(), "b@example.org")


def test_consent_belongs_to_the_current_version() -> None:
    member = a_member()
    with refuses("stale-version", current=2):
        member.consent_to_demands(act(), 1, 2)
    member.consent_to_demands(act(), 2, 2)
    member.consent_to_demands(act(), 2, 2)
    then(member, Membership.ConsentGiven)
    assert member.demand_version == 2


def test_consent_to_a_filing_counts_once() -> None:
    member = a_member()
    member.consent_to_filing(act(), "cn-pbc-12363")
    member.consent_to_filing(act(), "cn-pbc-12363")
    then(member, Membership.ConsentGiven)
    assert (member.consents, member.demand_version) == (["cn-pbc-12363"], 1)


def test_safety_steps_are_for_anyone_who_is_in() -> None:
    member = a_pending_member()
    member.take_safety_steps(act(), ["report-police", "lock-account"])
    (taken,) = then(member, Membership.SafetyStepTaken)
    assert taken.steps == ["lock-account", "report-police"]
    with refuses("safety-steps-missing"):
        member.take_safety_steps(act(), [])
    with refuses("invalid-choice"):
        member.take_safety_steps(act(), ["panic"])
    with refuses("not-a-member"):
        _withdrawn().take_safety_steps(act(), ["lock-account"])


def test_an_experience_waits_for_the_end() -> None:
    member = a_member()
    with refuses("campaign-not-ended"):
        member.share_experience(act(), "x", ended=False)
    member.share_experience(act(), "x", ended=True)
    then(member, Membership.ExperienceShared)


def test_withdrawing_ends_it_once() -> None:
    member = a_member()
    member.withdraw(act())
    then(member, Membership.MemberWithdrew)
    with refuses("not-a-member"):
        member.withdraw(act())


def test_an_invalidated_member_comes_back_as_before() -> None:
    for member, before in ((a_member(), "confirmed"), (a_pending_member(), "pending")):
        with refuses("membership-not-invalidated"):
            member.reinstate(act("organizer"))
        with refuses("invalid-choice"):
            member.invalidate(act("organizer"), "dislike")
        member.invalidate(act("organizer"), "duplicate-person")
        assert member.state == "invalidated"
        with refuses("not-a-member"):
            member.invalidate(act("organizer"), "test")
        member.reinstate(act("organizer"))
        then(member, Membership.MembershipInvalidated, Membership.MembershipReinstated)
        assert member.state == before


def test_erasing_an_active_member_withdraws_first_and_a_withdrawn_one_does_not() -> None:
    active, left = a_member(), _withdrawn()
    active.request_erasure(act(), "member-request")
    active.request_erasure(act(), "member-request")
    then(active, Membership.MemberWithdrew, Membership.ErasureRequested)
    left.request_erasure(act(), "retention")
    then(left, Membership.ErasureRequested)
    with refuses("invalid-choice"):
        a_member().request_erasure(act(), "whim")


def test_each_step_of_an_erasure_is_recorded_once_and_in_order() -> None:
    member = _withdrawn()
    member.erase(act("system"), 4, [7])
    member.complete_erasure(act("system"))
    then(member)
    member.request_erasure(act(), "member-request")
    for _ in range(2):
        member.erase(act("system"), 4, [7])
    for _ in range(2):
        member.complete_erasure(act("system"))
    _, erased, _ = then(member, Membership.ErasureRequested, Membership.SubjectErased, Membership.ErasureCompleted)
    assert (erased.basis, erased.sealed_events, erased.key_ids) == ("member-request", 4, [7])


def _withdrawn() -> Membership:
    member = a_member()
    member.withdraw(act())
    list(member.collect_events())
    return member
