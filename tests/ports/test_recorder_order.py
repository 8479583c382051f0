"""What many writers at once may rely on: order without holes, one winner, nothing acknowledged and lost."""

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from services.campaign.application.store import CampaignNotOpen, StaleVersion, Taken
from services.campaign.domain.membership import Membership
from tests.support.stores import BACKENDS, StoreUnderTest, in_parallel


@pytest.fixture(params=BACKENDS)
def under_test(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreUnderTest]:
    store = StoreUnderTest(request.param, tmp_path / "data")
    yield store
    store.close()


def test_positions_are_gapless_under_eight_threads_with_conflicts(under_test: StoreUnderTest) -> None:
    campaigns = [under_test.campaign().id for _ in range(2)]
    acknowledged: list[int] = []

    def work(thread: int) -> None:
        for turn in range(40):
            person = (turn % 5 and f"u{thread}-{turn}@example.org") or "everyone@example.org"
            try:
                committed, _ = under_test.join(campaigns[turn % 2], person)
            except Taken:
                continue
            acknowledged.extend(committed.positions)

    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        while not done.is_set() or under_test.store.head() > len(seen):
            seen.extend(leaf.position for leaf in under_test.store.select_leaves(len(seen), 50))

    follower = threading.Thread(target=follow)
    follower.start()
    outcomes = in_parallel([partial(work, thread) for thread in range(8)])
    done.set()
    follower.join()

    assert outcomes == [None] * 8
    assert len(acknowledged) == len(set(acknowledged)) == 8 * 32 + 2
    assert seen == list(range(1, 4 + len(acknowledged) + 1))
    assert set(acknowledged) <= set(seen)
    for campaign in campaigns:
        leaves = under_test.store.leaves(campaign, 0, 1000)
        assert [leaf.log_index for leaf in leaves] == list(range(under_test.store.size(campaign)))
        assert [leaf.position for leaf in leaves] == sorted(leaf.position for leaf in leaves)


def test_fifty_joins_of_one_address_give_one_member(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    addresses = [f"Zhao.Min+{i}@Example.ORG" for i in range(50)]
    outcomes = in_parallel([partial(under_test.join, campaign, address) for address in addresses])
    joined = [outcome for outcome in outcomes if isinstance(outcome, tuple)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Taken)]
    assert (len(joined), len(refused)) == (1, 49)
    assert {refusal.owner for refusal in refused} == {joined[0][1]}
    assert under_test.store.size(campaign) == 3


def test_fifty_confirmations_give_one_event(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, "zhao.min@example.org")

    def confirm() -> bool:
        member = under_test.aggregates.load(Membership, subject)
        confirmed = member.confirm(under_test.act("member", subject), 1)
        under_test.record(member)
        return confirmed

    outcomes = in_parallel([confirm] * 50)
    assert outcomes.count(True) == 1
    others = [outcome for outcome in outcomes if outcome is not True]
    assert all(outcome is False or isinstance(outcome, StaleVersion) for outcome in others)
    types = [leaf.type for leaf in under_test.store.leaves(campaign, 0, 100)]
    assert types.count("membership.confirmed") == 1


def test_a_restart_keeps_everything(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    committed, subject = under_test.join(campaign, "zhao.min@example.org")
    before = under_test.store.select_leaves(0, 100)
    under_test.restart()
    assert under_test.store.select_leaves(0, 100) == before
    assert under_test.store.open_event(committed.positions[0])["email"] == "zhao.min@example.org"
    with pytest.raises(Taken):
        under_test.join(campaign, "zhao.min@example.org")
    further, _ = under_test.join(campaign, "li.lei@example.org")
    assert (further.positions, further.log_indexes) == ([4], [3])
    assert under_test.aggregates.load(Membership, subject).state == "pending"


def test_no_member_comes_after_the_closing(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign()

    def close() -> int:
        campaign.close(under_test.act("organizer", uuid4()))
        return under_test.record(campaign).positions[0]

    def join(number: int) -> int:
        return under_test.join(campaign.id, f"u{number}@example.org")[0].positions[0]

    outcomes = in_parallel([partial(join, i) for i in range(20)] + [close] + [partial(join, i) for i in range(20, 40)])
    closed_at = outcomes[20]
    assert isinstance(closed_at, int)
    for outcome in outcomes:
        assert isinstance(outcome, CampaignNotOpen) or (isinstance(outcome, int) and outcome <= closed_at)
    assert under_test.store.state(campaign.id) == "closed"
