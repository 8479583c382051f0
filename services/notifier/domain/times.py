"""When a mail may leave: quiet hours, the morning before a last day, and how long a failed one rests."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

QUIET_FROM: Final = time(22)
QUIET_UNTIL: Final = time(8)
FIRST_REST: Final = timedelta(minutes=1)
LONGEST_REST: Final = timedelta(hours=4)
GIVES_UP_AFTER: Final = 24
"""Attempts; with the longest rest between them that is more than two days."""


def after_quiet_hours(at: datetime, zone: ZoneInfo) -> datetime:
    """`at` itself by day, else the next 08:00 of the zone."""
    local = at.astimezone(zone)
    if QUIET_UNTIL <= local.time() < QUIET_FROM:
        return at
    day = local.date() + timedelta(days=1) if local.time() >= QUIET_FROM else local.date()
    return datetime.combine(day, QUIET_UNTIL, zone).astimezone(at.tzinfo)


def morning_before(last_day: date, zone: ZoneInfo) -> datetime:
    """08:00 of the day before the last day of a deadline."""
    return datetime.combine(last_day - timedelta(days=1), QUIET_UNTIL, zone)


def surely_over(moment: datetime, recorded: datetime, now: datetime, *, cut_to_the_hour: bool) -> bool:
    """Whether `moment` had passed when the event was recorded, which its time tells to the second or to the hour."""
    if recorded > moment:
        return True
    latest = recorded + timedelta(hours=1) if cut_to_the_hour else recorded
    return min(latest, now) > moment


def rest(attempts: int, chance: float) -> timedelta:
    """The rest after so many failed attempts, doubled each time; `chance` in [0, 1) spreads it over its second half."""
    grown = min(FIRST_REST * 2.0 ** min(attempts - 1, 20), LONGEST_REST)
    return grown * (0.5 + chance / 2)
