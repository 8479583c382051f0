"""Golden dates: how periods run in each jurisdiction, with the announced holidays and make-up working days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.campaign.playbooks.calendar import Due, LastDay, WorkCalendar, deadline_instant, last_day

CN = WorkCalendar("CN", published_through=2026, last_day_moves_off="holidays")
UK = WorkCalendar("GB", "ENG")
US = WorkCalendar("US")


def day(text: str) -> date:
    return date.fromisoformat(text)


MADE_UP = [
    "2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11",
    "2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10",
]
DAYS_OFF = [
    "2025-01-01 2025-01-28 2025-02-04 2025-04-04 2025-05-01 2025-05-05 2025-06-02 2025-10-01 2025-10-08",
    "2026-01-02 2026-02-16 2026-02-20 2026-02-23 2026-04-06 2026-05-05 2026-06-19 2026-09-25 2026-10-07",
]


@pytest.mark.parametrize("text", " ".join(MADE_UP).split())
def test_a_made_up_weekend_is_a_working_day_in_china(text: str) -> None:
    assert day(text).weekday() >= 5
    assert CN.is_working_day(day(text))


@pytest.mark.parametrize("text", " ".join(DAYS_OFF).split())
def test_an_announced_weekday_off_is_no_working_day_in_china(text: str) -> None:
    assert day(text).weekday() < 5
    assert not CN.is_working_day(day(text))


def test_the_calendar_has_no_other_made_up_weekends_in_2025_and_2026() -> None:
    first, last = date(2025, 1, 1).toordinal(), date(2026, 12, 31).toordinal()
    days = (date.fromordinal(ordinal) for ordinal in range(first, last + 1))
    found = [each.isoformat() for each in days if each.weekday() >= 5 and CN.is_working_day(each)]
    assert found == " ".join(MADE_UP).split()


@pytest.mark.parametrize(
    ("calendar", "start", "number", "unit", "expected"),
    [
        (CN, "2026-03-09", 15, "calendar_day", "2026-03-24"),
        (CN, "2026-04-09", 15, "calendar_day", "2026-04-24"),
        (CN, "2026-03-25", 7, "working_day", "2026-04-03"),
        (CN, "2026-02-10", 7, "working_day", "2026-02-26"),  # 14 is made up, 15 to 23 are off
        (CN, "2026-02-26", 5, "working_day", "2026-03-04"),  # 28 is made up
        (CN, "2026-09-28", 7, "working_day", "2026-10-13"),  # 1 to 7 are off, 10 is made up
        (CN, "2025-09-26", 3, "working_day", "2025-09-30"),  # 28 is made up
        (CN, "2026-11-30", 3, "month", "2027-02-28"),
        (CN, "2026-08-31", 6, "month", "2027-02-28"),
        (UK, "2026-04-01", 15, "working_day", "2026-04-24"),  # Good Friday, Easter Monday
        (UK, "2026-02-28", 6, "year", "2032-02-28"),
        (US, "2026-11-20", 10, "working_day", "2026-12-07"),  # Thanksgiving
        (US, "2028-02-29", 1, "year", "2029-02-28"),
        (US, "2026-06-26", 15, "calendar_day", "2026-07-11"),  # a Saturday: stays
    ],
)
def test_golden_last_days(calendar: WorkCalendar, start: str, number: int, unit: str, expected: str) -> None:
    assert last_day(day(start), number, unit, calendar).isoformat() == expected


def test_a_last_day_on_a_holiday_moves_on_to_the_next_working_day() -> None:
    assert last_day(day("2026-09-20"), 15, "calendar_day", CN) == day("2026-10-08")
    assert last_day(day("2026-02-01"), 15, "calendar_day", CN) == day("2026-02-24")


def test_a_last_day_on_an_ordinary_weekend_stays() -> None:
    assert last_day(day("2026-03-06"), 15, "calendar_day", CN) == day("2026-03-21")


def test_data_may_move_a_last_day_off_weekends_or_not_at_all() -> None:
    weekends = WorkCalendar("CN", last_day_moves_off="rest_days")
    never = WorkCalendar("CN", last_day_moves_off="nothing")
    assert last_day(day("2026-03-06"), 15, "calendar_day", weekends) == day("2026-03-23")
    assert last_day(day("2026-09-20"), 15, "calendar_day", never) == day("2026-10-05")


def test_a_last_day_beyond_the_announced_years_is_an_estimate() -> None:
    assert CN.last_day(day("2026-12-20"), 7, "working_day") == LastDay(day("2026-12-29"), estimated=False)
    assert CN.last_day(day("2026-12-30"), 7, "working_day").estimated
    assert not UK.last_day(day("2030-01-10"), 7, "working_day").estimated


def test_without_a_country_only_weekends_rest_and_working_days_are_estimates() -> None:
    anywhere = WorkCalendar()
    assert anywhere.last_day(day("2026-04-30"), 2, "working_day") == LastDay(day("2026-05-04"), estimated=True)
    assert anywhere.last_day(day("2026-04-30"), 2, "calendar_day") == LastDay(day("2026-05-02"), estimated=False)


@pytest.mark.parametrize(
    ("last", "zone", "instant"),
    [
        ("2026-03-24", "Asia/Shanghai", "2026-03-24T16:00:00+00:00"),
        ("2026-03-28", "Europe/London", "2026-03-29T00:00:00+00:00"),
        ("2026-03-29", "Europe/London", "2026-03-29T23:00:00+00:00"),
        ("2026-12-31", "America/New_York", "2027-01-01T05:00:00+00:00"),
    ],
)
def test_a_deadline_passes_at_the_end_of_its_last_local_day(last: str, zone: str, instant: str) -> None:
    assert deadline_instant(day(last), zone).isoformat() == instant


def test_day_one_is_counted_from_the_local_day_of_the_event() -> None:
    morning = CN.due(datetime(2026, 3, 9, 2, 0, tzinfo=UTC), 15, "calendar_day", "Asia/Shanghai")
    assert morning == Due(datetime(2026, 3, 24, 16, 0, tzinfo=UTC), day("2026-03-24"), estimated=False)
    past_midnight = CN.due(datetime(2026, 3, 9, 17, 0, tzinfo=UTC), 15, "calendar_day", "Asia/Shanghai")
    assert past_midnight.last_day == day("2026-03-25")


def test_hours_run_from_the_instant() -> None:
    due = CN.due(datetime(2026, 3, 9, 2, 30, tzinfo=UTC), 24, "hour", "Asia/Shanghai")
    assert due.at == datetime(2026, 3, 10, 2, 30, tzinfo=UTC)
    with pytest.raises(ValueError, match="hour"):
        CN.last_day(day("2026-03-09"), 24, "hour")


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "UTC"])
@pytest.mark.parametrize("end", [date.min, date.max])
def test_the_ends_of_the_calendar_have_an_instant_too(end: date, zone: str) -> None:
    assert abs(deadline_instant(end, zone).year - end.year) <= 1
