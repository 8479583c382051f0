"""The reducer's rules about members, claims, backing and ratings: given these leaves, then these numbers."""

from tests.support.history import History


def test_a_member_counts_once_confirmed() -> None:
    history = History()
    history.launch()
    history.join()
    assert (history.document()["members_pending"], history.document()["members_confirmed"]) == (1, 0)
    history.member()
    assert (history.document()["members_pending"], history.document()["members_confirmed"]) == (1, 1)


def test_claims_are_summed_exactly_and_stating_again_replaces() -> None:
    history = History()
    history.launch()
    member = history.member(amount="0.10")
    history.member(amount="0.20")
    assert (history.document()["claims"], history.document()["claimed"]) == (2, {"CNY": "0.30"})
    history.claim(member, "1204.00")
    assert (history.document()["claims"], history.document()["claimed"]) == (2, {"CNY": "1204.20"})


def test_a_claim_may_be_about_no_money_and_a_private_amount_is_in_no_sum() -> None:
    history = History()
    history.launch()
    history.claim(history.member(), None, "open_kyc_failed", "fix")
    assert (history.document()["claims"], history.document()["claimed"]) == (1, {})
    history.claim(history.member(), "0", "account_frozen", "unfreeze")
    assert (history.document()["claims"], history.document()["claimed"]) == (2, {})
    history.claim(history.member(), "99.00", private=True)
    assert (history.document()["claims"], history.document()["claimed"]) == (3, {})


def test_currencies_are_summed_apart() -> None:
    history = History()
    history.launch()
    history.claim(history.member(), "100", currency="JPY")
    history.claim(history.member(), "5.00", currency="CNY")
    assert history.document()["claimed"] == {"CNY": "5.00", "JPY": "100"}


def test_withdrawing_takes_member_claim_and_backing_out_and_a_rejoin_does_not_lower_it() -> None:
    history = History()
    history.launch()
    member = history.member(amount="76.20")
    member.withdraw(history.act("member", member.id))
    history.record(member)
    numbers = history.document()
    assert (numbers["members_confirmed"], numbers["members_withdrawn"], numbers["claims"]) == (0, 1, 0)
    assert (numbers["claimed"], numbers["backing"]) == ({}, {"1": 0})
    history.member()
    numbers = history.document()
    assert (numbers["members_confirmed"], numbers["members_withdrawn"]) == (1, 1)


def test_erasing_a_withdrawn_member_changes_no_number() -> None:
    history = History()
    history.launch()
    member = history.member(amount="76.20")
    member.withdraw(history.act("member", member.id))
    history.record(member)
    before = history.document()
    history.erase(member)
    after = history.document()
    assert {name: value for name, value in after.items() if name != "size"} == {
        name: value for name, value in before.items() if name != "size"
    }
    assert after["size"] == before["size"] + 3


def test_an_invalidated_member_leaves_every_count_and_comes_back_with_all_of_it() -> None:
    history = History()
    history.launch()
    member = history.member(amount="10.00")
    member.rate(history.act("member", member.id), True, None)
    history.record(member)
    before = history.document()
    member.invalidate(history.act(), "not-affected")
    history.record(member)
    numbers = history.document()
    assert (numbers["members_confirmed"], numbers["members_invalidated"], numbers["claims"]) == (0, 1, 0)
    assert (numbers["claimed"], numbers["satisfied"], numbers["backing"]) == ({}, 0, {"1": 0})
    member.reinstate(history.act())
    history.record(member)
    assert {**history.document(), "size": 0} == {**before, "size": 0}


def test_each_member_stands_behind_the_version_last_consented_to() -> None:
    history = History()
    campaign = history.launch()
    members = [history.member() for _ in range(3)]
    campaign.revise_demands(history.act(), [("refund", "退款")])
    history.record(campaign)
    numbers = history.document()
    assert (numbers["demand_version"], numbers["backing"]) == (2, {"1": 3, "2": 0})
    assert numbers["demand_kinds"] == ["refund"]
    members[0].consent_to_demands(history.act("member", members[0].id), 2, 2)
    members[1].consent_to_filing(history.act("member", members[1].id), "cn-psp-formal")
    history.record(*members)
    assert history.document()["backing"] == {"1": 2, "2": 1}


def test_the_last_rating_counts_and_stands_after_leaving() -> None:
    history = History()
    history.launch()
    member = history.member()
    for satisfied in (False, True):
        member.rate(history.act("member", member.id), satisfied, None)
    history.record(member)
    assert (history.document()["satisfied"], history.document()["unsatisfied"]) == (1, 0)
    member.withdraw(history.act("member", member.id))
    history.record(member)
    assert history.document()["satisfied"] == 1


def test_growth_is_by_day_in_the_campaigns_zone() -> None:
    history = History()
    history.launch()
    history.member()
    leaver = history.member()
    history.later(hours=15)  # 16:00 UTC is already the next day in Shanghai
    history.member()
    history.later(days=2)
    leaver.withdraw(history.act("member", leaver.id))
    history.record(leaver)
    assert history.document()["growth"] == [
        {"day": "2026-03-02", "members": 2},
        {"day": "2026-03-03", "members": 3},
        {"day": "2026-03-05", "members": 2},
    ]
