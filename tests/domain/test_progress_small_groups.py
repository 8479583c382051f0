"""Breakdowns of claims never show fewer than ten people, nor let them be found by subtraction."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.contracts.progress.figures import OTHER, SMALLEST_GROUP, by_problem

PROBLEMS = ("duplicate_charge", "account_stolen", "outage", "fee_dispute", "other")


def shown(claims: dict[str, int]) -> dict[str, int]:
    return {row["problem"]: row["claims"] for row in by_problem(claims)}


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({}, {}),
        ({"outage": 9}, {}),
        ({"outage": 10}, {"outage": 10}),
        ({"outage": 4, "fee_dispute": 5}, {}),
        ({"outage": 5, "fee_dispute": 5}, {"other": 10}),
        ({"outage": 40, "fee_dispute": 12, "account_stolen": 3}, {"outage": 40, "other": 15}),
        ({"outage": 40, "fee_dispute": 3}, {"other": 43}),
        ({"outage": 40, "fee_dispute": 6, "account_stolen": 6}, {"outage": 40, "other": 12}),
        ({"outage": 12, "other": 30}, {"other": 30, "outage": 12}),
        ({"outage": 12, "other": 3}, {"other": 15}),
    ],
)
def test_small_groups_are_merged(claims: dict[str, int], expected: dict[str, int]) -> None:
    assert shown(claims) == expected


@given(some.dictionaries(some.sampled_from(PROBLEMS), some.integers(1, 60)))
def test_nothing_below_ten_is_shown_or_follows_from_the_total(claims: dict[str, int]) -> None:
    rows = shown(claims)
    total = sum(claims.values())
    hidden = total - sum(rows.values())
    assert all(n >= SMALLEST_GROUP for n in rows.values())
    assert hidden == 0 or (not rows and hidden == total), "what is left out could be found by subtraction"
    merged = [problem for problem in claims if problem not in rows]
    if OTHER in rows and merged and claims.get(OTHER, 0) == 0:
        assert len(merged) > 1 or claims[merged[0]] >= SMALLEST_GROUP, "one small group alone stands behind `other`"


def test_rows_are_in_order_of_size_with_the_merged_ones_last() -> None:
    rows = by_problem({"outage": 12, "fee_dispute": 30, "account_stolen": 12, "privacy_leak": 7, "topup_failed": 8})
    assert [row["problem"] for row in rows] == ["fee_dispute", "account_stolen", "outage", "other"]
