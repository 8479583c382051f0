"""Work done now and then: at the first chance, then once an interval."""

from datetime import UTC, datetime, timedelta

from services.kit.interval import Interval

START = datetime(2026, 3, 2, tzinfo=UTC)


def test_it_is_time_at_first_and_again_when_the_interval_is_over() -> None:
    interval = Interval(timedelta(hours=1))
    minutes = (0, 1, 59, 60, 61, 119, 120)
    assert [interval.due(START + timedelta(minutes=m)) for m in minutes] == [
        True, False, False, True, False, False, True,
    ]  # fmt: skip
