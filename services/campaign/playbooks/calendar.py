"""How a period in days, working days, months, years or hours runs, and when it has passed."""

from __future__ import annotations

import calendar as months
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

UNITS = ("calendar_day", "working_day", "month", "year", "hour")
NOTHING, HOLIDAYS, REST_DAYS = "nothing", "holidays", "rest_days"


@dataclass(frozen=True, slots=True)
class LastDay:
    """The last day of a period; estimated where holidays of that year are not announced or not known yet."""

    day: date
    estimated: bool


@dataclass(frozen=True, slots=True)
class Due:
    """The instant at which a period has passed, and its last day where it was counted in days."""

    at: datetime
    last_day: date
    estimated: bool


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """The working days of a jurisdiction; without a country only weekends are days of rest, and all is estimated.

    `published_through` is the last year whose holidays are announced, for countries that announce them by the year.
    `last_day_moves_off` says from which days a last day moves on to the next working day.
    """

    country: str | None = None
    subdivision: str | None = None
    published_through: int | None = None
    last_day_moves_off: str = NOTHING

    def is_working_day(self, day: date) -> bool:
        """True on made-up working weekends, false on holidays and other weekends."""
        if self.country is None:
            return day.weekday() < 5
        return bool(_known(self.country, self.subdivision, day.year).is_working_day(day))

    def is_holiday(self, day: date) -> bool:
        return self.country is not None and day in _known(self.country, self.subdivision, day.year)

    def last_day(self, start: date, number: int, unit: str) -> LastDay:
        """Day 1 is the day after `start`; months and years end on the day of the same number, or the month's last."""
        if unit == "working_day":
            day = self._working_days_after(start, number)
        else:
            day = self._moved(_plain_last_day(start, number, unit))
        return LastDay(day, self._estimated(day, unit))

    def due(self, started_at: datetime, number: int, unit: str, timezone: str) -> Due:
        """When a period that starts at an instant has passed: at the end of its last local day; hours run exactly."""
        zone = ZoneInfo(timezone)
        if unit == "hour":
            at = started_at.astimezone(UTC) + timedelta(hours=number)
            return Due(at, at.astimezone(zone).date(), False)
        last = self.last_day(started_at.astimezone(zone).date(), number, unit)
        return Due(deadline_instant(last.day, timezone), last.day, last.estimated)

    def _working_days_after(self, day: date, number: int) -> date:
        while number > 0:
            day += timedelta(days=1)
            number -= self.is_working_day(day)
        return day

    def _moved(self, day: date) -> date:
        moves = {
            NOTHING: False,
            HOLIDAYS: self.is_holiday(day),
            REST_DAYS: not self.is_working_day(day),
        }[self.last_day_moves_off]
        return self._working_days_after(day, 1) if moves else day

    def _estimated(self, day: date, unit: str) -> bool:
        counts_holidays = unit == "working_day" or self.last_day_moves_off != NOTHING
        unknown = self.country is None or (self.published_through is not None and day.year > self.published_through)
        return counts_holidays and unknown


def deadline_instant(last_day: date, timezone: str) -> datetime:
    """The end of a last day: 00:00 local time of the day after, as an aware UTC instant.

    The calendar's own ends, which no clock reckons around, count as a day beside them: a history is always readable.
    """
    after = min(max(last_day, _FIRST), _LAST) + timedelta(days=1)
    return datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(timezone)).astimezone(UTC)


_FIRST, _LAST = date.min + timedelta(days=1), date.max - timedelta(days=2)


def last_day(start: date, number: int, unit: str, calendar: WorkCalendar) -> date:
    return calendar.last_day(start, number, unit).day


def _plain_last_day(start: date, number: int, unit: str) -> date:
    if unit == "calendar_day":
        return start + timedelta(days=number)
    if unit in ("month", "year"):
        return _months_after(start, number * (12 if unit == "year" else 1))
    raise ValueError(f"a period in {unit} has no last day")


def _months_after(start: date, number: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + number, 12)
    return date(year, month + 1, min(start.day, months.monthrange(year, month + 1)[1]))


@lru_cache(maxsize=256)
def _known(country: str, subdivision: str | None, year: int) -> holidays.HolidayBase:
    return holidays.country_holidays(country, subdiv=subdivision, years=year)
