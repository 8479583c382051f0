"""The drawings: what they show is what the numbers say."""

from __future__ import annotations

from services.gateway.charts.growth import HEIGHT, LEFT, RIGHT, WIDTH, growth_chart
from services.gateway.charts.outcome import outcome_bars


def test_nothing_is_drawn_before_the_first_member() -> None:
    assert growth_chart([]) is None
    assert growth_chart([{"day": "2026-05-11", "members": 0}]) is None


def test_one_day_is_a_level_line() -> None:
    drawing = growth_chart([{"day": "2026-05-11", "members": 2}])
    assert drawing is not None
    assert drawing.line.count("H") == 1
    assert len(drawing.days) == 1


def test_growth_goes_up_in_steps_from_edge_to_edge() -> None:
    drawing = growth_chart([{"day": "2026-05-11", "members": 1}, {"day": "2026-05-21", "members": 7}])
    assert drawing is not None
    assert drawing.line.startswith(f"M{LEFT}.0 " if f"M{LEFT}.0 " in drawing.line else f"M{LEFT} ")
    assert drawing.last[0] == WIDTH - RIGHT
    assert drawing.last[1] < HEIGHT / 2
    assert [value for _, value in drawing.marks] == [0, 5, 10]
    assert drawing.rows == (("2026-05-11", 1), ("2026-05-21", 7))


def test_bars_are_measured_by_the_longest_of_their_currency() -> None:
    (bars,) = outcome_bars({"CNY": "8800.00"}, {"CNY": "5000.00"}, {"CNY": "4400.00"})
    assert [(bar.kind, bar.share) for bar in bars] == [("claimed", 100.0), ("offered", 56.8), ("paid", 50.0)]


def test_each_currency_stands_alone_and_nothing_offered_is_no_bar() -> None:
    assert outcome_bars({"CNY": "1"}, {}, {}) == []
    groups = outcome_bars({"CNY": "1"}, {"USD": "2"}, {"CNY": "1"})
    assert [[bar.currency for bar in bars] for bars in groups] == [["CNY", "CNY"], ["USD"]]


def test_zero_offered_divides_nothing() -> None:
    ((bar,),) = outcome_bars({}, {"CNY": "0"}, {})
    assert bar.share == 0.0
