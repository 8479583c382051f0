"""Quiet hours, the morning before a deadline, and rests between attempts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain.message_id import message_id
from services.notifier.domain.times import LONGEST_REST, after_quiet_hours, morning_before, rest, surely_over

SHANGHAI, LONDON = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/London")


def local(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("at", "leaves"),
    [
        ("2026-03-02T07:59:59", "2026-03-02T08:00:00"),
        ("2026-03-02T08:00:00", "2026-03-02T08:00:00"),
        ("2026-03-02T21:59:59", "2026-03-02T21:59:59"),
        ("2026-03-02T22:00:00", "2026-03-03T08:00:00"),
        ("2026-03-02T00:00:00", "2026-03-02T08:00:00"),
        ("2026-12-31T23:30:00", "2027-01-01T08:00:00"),
    ],
)
def test_mail_waits_through_the_night(at: str, leaves: str) -> None:
    assert after_quiet_hours(local(at), SHANGHAI) == local(leaves)


def test_a_night_in_which_clocks_change_ends_at_eight_local() -> None:
    assert after_quiet_hours(local("2026-03-28T23:00:00", LONDON), LONDON) == datetime(2026, 3, 29, 7, tzinfo=UTC)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)))
def test_whenever_it_leaves_it_is_day_and_no_later_than_needed(at: datetime) -> None:
    leaves = after_quiet_hours(at, SHANGHAI)
    assert at <= leaves <= at + timedelta(hours=10)
    assert 8 <= leaves.astimezone(SHANGHAI).hour < 22
    assert after_quiet_hours(leaves, SHANGHAI) == leaves


def test_the_morning_before_a_last_day() -> None:
    assert morning_before(date(2026, 3, 24), SHANGHAI) == local("2026-03-23T08:00:00")


@pytest.mark.parametrize(
    ("recorded", "now", "cut", "over"),
    [
        ("2026-03-23T07:00:00", "2026-03-23T07:30:00", True, False),
        ("2026-03-23T08:00:00", "2026-03-23T08:20:00", True, True),
        ("2026-03-23T08:00:00", "2026-03-23T08:00:00", True, False),
        ("2026-03-23T07:59:59", "2026-03-23T09:00:00", False, False),
        ("2026-03-23T08:00:00", "2026-03-23T09:00:00", False, False),
        ("2026-03-23T08:00:01", "2026-03-23T09:00:00", False, True),
    ],
)
def test_whether_the_moment_had_passed_when_it_was_recorded(recorded: str, now: str, cut: bool, over: bool) -> None:
    moment = local("2026-03-23T08:00:00")
    assert surely_over(moment, local(recorded), local(now), cut_to_the_hour=cut) is over


def test_rests_grow_and_are_spread_and_bounded() -> None:
    assert rest(1, 0.0) == timedelta(seconds=30)
    assert rest(1, 1.0) == timedelta(minutes=1)
    assert rest(2, 1.0) == timedelta(minutes=2)
    assert rest(1000, 1.0) == LONGEST_REST


def test_the_same_mail_has_the_same_message_id_and_no_other() -> None:
    first = message_id("e", "r", "k", "chorus.example")
    assert first == message_id("e", "r", "k", "chorus.example")
    assert first.endswith("@chorus.example>")
    assert len({first, message_id("er", "", "k", "chorus.example"), message_id("e", "r", "q", "chorus.example")}) == 3
