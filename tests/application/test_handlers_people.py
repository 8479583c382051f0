"""Joining, confirming, leaving and being erased, through the one door of commands, on a real store."""

from uuid import UUID

import pytest

from services.campaign.application.store import Commit, Kind, decided
from services.campaign.domain.membership import Membership
from services.contracts import commands_v1 as c
from tests.support.campaign_house import House, Person
from tests.support.given_when_then import refused
from tests.support.stores import in_parallel


@pytest.fixture
def organizer(house: House) -> Person:
    li = house.person("li.wei@example.org", "李薇")
    li.launches()
    li.publishes()
    return li


@pytest.fixture
def wang(house: House, organizer: Person) -> Person:
    return house.person("wang.qiang@example.org", "王强").enters(organizer.campaign)


def joins(house: House, campaign: str, email: str, key: str | None = None) -> dict[str, object]:
    command = c.JoinCampaign(UUID(campaign), email, "赵敏", "zh-CN")
    return house.service.execute(c.Request(command, idempotency_key=key))


def recorded(house: House, campaign: str, kind: str) -> int:
    return sum(leaf.type == kind for leaf in house.service.folder.application.store.leaves(UUID(campaign), 0, 9999))


def token_for(house: House, campaign: str, subject: str) -> str:
    asked = [{"recipient": subject, "event": None, "link": "confirm"}]
    return str(house.ask_inside("recipients", campaign=campaign, asks=asked)[0]["token"])


def test_a_known_address_gets_the_same_answer_and_its_owner_another_confirmation(
    house: House, organizer: Person
) -> None:
    first = joins(house, organizer.campaign, "Zhao.Min@Example.org")
    again = joins(house, organizer.campaign, "zhao.min+wallet@example.org")
    house.timeline.settle()
    assert first == again == {}
    assert recorded(house, organizer.campaign, "membership.joined") == 1
    (mail,) = house.notifier.taken
    assert (mail.kind, mail.email) == ("confirmation", "Zhao.Min@Example.org")
    confirmed = house.service.execute(c.Request(c.ConfirmMembership(mail.facts["token"])))
    assert confirmed["first"] is True


def test_a_confirmed_member_who_joins_again_is_told_by_mail(house: House, wang: Person) -> None:
    assert joins(house, wang.campaign, "WANG.qiang@example.org") == {}
    house.timeline.settle()
    assert [(mail.kind, mail.email) for mail in house.notifier.taken] == [("already-joined", wang.email)]


def test_a_pending_join_gets_at_most_five_mails_in_its_life(house: House, organizer: Person) -> None:
    for _ in range(9):
        joins(house, organizer.campaign, "zhao.min@example.org")
        house.timeline.settle()
    assert len(house.notifier.taken) == 5


def test_fifty_joins_at_once_are_one_membership(house: House, organizer: Person) -> None:
    answers = in_parallel([lambda: joins(house, organizer.campaign, "zhao.min@example.org")] * 50)
    assert answers == [{}] * 50
    assert recorded(house, organizer.campaign, "membership.joined") == 1


def test_fifty_confirmations_at_once_are_one(house: House, organizer: Person) -> None:
    zhao = house.person("zhao.min@example.org", "赵敏")
    zhao.joins(organizer.campaign)
    command = c.ConfirmMembership(token_for(house, zhao.campaign, zhao.subject))
    answers = in_parallel([lambda: house.service.execute(c.Request(command))] * 50)
    assert sorted(isinstance(a, dict) and a["first"] for a in answers) == [False] * 49 + [True]
    assert recorded(house, organizer.campaign, "membership.confirmed") == 1
    assert all(isinstance(a, dict) and a["email"] == zhao.email for a in answers)


def test_forty_acts_of_one_person_at_once_all_succeed(house: House, wang: Person) -> None:
    """Whoever loses a race decides again in turn; nobody is sent away because others were faster."""
    answers = in_parallel([lambda: wang.does(c.TakeSafetySteps, taken=["lock-account"])] * 40)
    assert answers == [{}] * 40
    assert recorded(house, wang.campaign, "membership.safety_step_taken") == 40


def test_a_retried_join_with_its_key_sends_no_second_mail(house: House, organizer: Person) -> None:
    for _ in range(3):
        assert joins(house, organizer.campaign, "zhao.min@example.org", key="k-1") == {}
    house.timeline.settle()
    assert house.notifier.taken == []
    with refused("idempotency-key-reused"):
        joins(house, organizer.campaign, "other@example.org", key="k-1")


@pytest.mark.parametrize(
    "email",
    ["", "zhao", "zhao@", "a@x, b@y", "zhao@example.org\r\nBcc: x@y.org", "zhao@exa mple.org", "a\0b@example.org"],
)
def test_no_address_no_join(house: House, organizer: Person, email: str) -> None:
    with refused("email-invalid"):
        joins(house, organizer.campaign, email)


@pytest.mark.parametrize("email", ["o'hara@example.org", "赵敏@例子.cn", "a_b.c+d@sub.example.org"])
def test_unusual_addresses_are_addresses(house: House, organizer: Person, email: str) -> None:
    joins(house, organizer.campaign, email)
    assert recorded(house, organizer.campaign, "membership.joined") == 1


@pytest.mark.parametrize("name", ["", "   ", "=1+1", "@all", "x" * 81, "see https://evil.example", "a\nb"])
def test_a_name_is_a_name(house: House, organizer: Person, name: str) -> None:
    with refused("invalid"):
        house.service.execute(
            c.Request(c.JoinCampaign(UUID(organizer.campaign), "zhao.min@example.org", name, "zh-CN"))
        )


def test_nobody_joins_before_it_is_open_or_after_its_end(house: House, organizer: Person) -> None:
    draft = house.person("he.jing@example.org", "何静").launches()
    with refused("campaign-not-open"):
        joins(house, draft, "zhao.min@example.org")
    joins(house, organizer.campaign, "late@example.org")
    late = house.person("late@example.org", "迟到", organizer.campaign)
    token = token_for(house, organizer.campaign, late.subject)
    organizer.does(c.CloseCampaign)
    with refused("campaign-not-open"):
        joins(house, organizer.campaign, "zhao.min@example.org")
    with refused("campaign-not-open"):
        house.service.execute(c.Request(c.ConfirmMembership(token)))
    with refused("not-found"):
        joins(house, "00000000-0000-4000-8000-000000000000", "zhao.min@example.org")


def test_a_wrong_or_old_link_confirms_nothing(house: House, organizer: Person) -> None:
    zhao = house.person("zhao.min@example.org", "赵敏")
    zhao.joins(organizer.campaign)
    token = token_for(house, zhao.campaign, zhao.subject)
    with refused("token-invalid"):
        house.service.execute(c.Request(c.ConfirmMembership("nonsense")))
    house.comes("2026-03-09 09:01")
    with refused("token-invalid"):
        house.service.execute(c.Request(c.ConfirmMembership(token)))


def test_withdrawing_frees_the_address_for_a_new_membership(house: House, wang: Person) -> None:
    before = wang.subject
    wang.does(c.WithdrawMembership)
    with refused("not-a-member"):
        wang.claims()
    wang.enters(wang.campaign)
    assert wang.subject != before
    assert recorded(house, wang.campaign, "membership.joined") == 2


def test_an_address_changes_only_with_the_link_sent_to_the_new_one(house: House, wang: Person) -> None:
    wang.does(c.ChangeContact, email="wang.new@example.org")
    house.timeline.settle()
    (mail,) = house.notifier.taken
    assert (mail.kind, mail.email) == ("confirmation", "wang.new@example.org")
    renewed = house.person("wang.new@example.org", "王强", wang.campaign)
    with refused("not-a-member"):
        renewed.claims()
    house.service.execute(c.Request(c.ConfirmContactChange(mail.facts["token"])))
    renewed.claims()
    with refused("not-a-member"):
        wang.claims()
    house.service.execute(c.Request(c.ConfirmContactChange(mail.facts["token"])))
    assert recorded(house, wang.campaign, "membership.contact_changed") == 1


def test_an_address_that_another_member_has_is_not_taken_over(house: House, wang: Person) -> None:
    house.person("sun.li@example.org", "孙丽").enters(wang.campaign)
    wang.does(c.ChangeContact, email="sun.li@example.org")
    house.timeline.settle()
    token = house.notifier.taken[0].facts["token"]
    with refused("address-taken"):
        house.service.execute(c.Request(c.ConfirmContactChange(token)))


def test_erasure_is_done_at_once_and_leaves_no_trace(house: House, organizer: Person, wang: Person) -> None:
    wang.claims()
    wang.submits()
    wang.calls()
    wang.files("cn-psp-formal", "own")
    subject, store = UUID(wang.subject), house.service.folder.application.store
    wang.does(c.RequestErasure)
    house.timeline.settle()
    member, _ = house.service.commands.desk.aggregates.history(Membership, subject)
    assert (member.state, member.erasure) == ("withdrawn", "completed")
    assert [mail.kind for mail in house.notifier.taken] == ["erasure-done"]
    assert house.notifier.taken[0].email == wang.email
    assert store.owners(bytes.fromhex(wang.caller.person or "")) == []
    assert recorded(house, wang.campaign, "filing.closed") == 1
    assert not any(b"wang.qiang" in path.read_bytes() for path in house.folder.rglob("*") if path.is_file())
    assert list((house.folder / "evidence").iterdir()) == []
    with refused("not-a-member"):
        wang.does(c.RequestErasure)


def test_who_withdrew_can_still_be_erased_with_all_that_was_before(house: House, wang: Person) -> None:
    first = UUID(wang.subject)
    wang.does(c.WithdrawMembership)
    wang.enters(wang.campaign)
    second = UUID(wang.subject)
    wang.does(c.WithdrawMembership)
    wang.does(c.RequestErasure)
    load = house.service.commands.desk.aggregates.load
    assert {load(Membership, each).erasure for each in (first, second)} == {"completed"}
    assert recorded(house, wang.campaign, "membership.withdrew") == 2


def test_an_erasure_that_a_crash_interrupted_is_finished_at_the_start(house: House, wang: Person) -> None:
    subject = UUID(wang.subject)
    wang.submits()
    member = house.service.commands.desk.aggregates.load(Membership, subject)
    act = house.service.commands.desk.act("member", subject)
    member.request_erasure(act, "member-request")
    house.service.folder.application.store.commit(Commit(decided(member)))
    house.restart()
    house.service.tidy.run_once()
    assert house.service.commands.desk.aggregates.load(Membership, subject).erasure == "completed"
    assert house.service.folder.application.store.held_by(subject) == []


def test_an_invalidated_member_does_nothing_and_comes_back(house: House, organizer: Person, wang: Person) -> None:
    subject = UUID(wang.subject)
    organizer.does(c.InvalidateMembership, subject=subject, reason="duplicate-person")
    with refused("not-a-member"):
        wang.claims()
    joins(house, wang.campaign, wang.email)
    assert recorded(house, wang.campaign, "membership.joined") == 1
    organizer.does(c.ReinstateMembership, subject=subject)
    wang.claims()
    with refused("not-found"):
        organizer.does(c.InvalidateMembership, subject=UUID(organizer.campaign), reason="test")


def test_a_campaign_that_ended_gains_nobody_back(house: House, organizer: Person, wang: Person) -> None:
    subject = UUID(wang.subject)
    organizer.does(c.InvalidateMembership, subject=subject, reason="duplicate-person")
    organizer.does(c.CloseCampaign)
    with refused("campaign-not-open", state="closed"):
        organizer.does(c.ReinstateMembership, subject=subject)


def test_the_keys_of_a_withdrawn_member_name_nobody_but_the_one_who_left(house: House, wang: Person) -> None:
    subject = UUID(wang.subject)
    wang.does(c.WithdrawMembership)
    (held,) = house.service.folder.application.store.held_by(subject)
    assert (held.kind, held.scope) == (Kind.FORMER_MEMBER, subject)
