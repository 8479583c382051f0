"""How a campaign grew, as a drawing: a stepped line of confirmed members by day, with a table for readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

WIDTH: Final = 640
HEIGHT: Final = 200
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 18, 30


@dataclass(frozen=True)
class Drawing:
    """Coordinates for the template; `rows` are what the table tells."""

    line: str
    area: str
    marks: tuple[tuple[float, int], ...]
    days: tuple[tuple[float, str, str], ...]
    last: tuple[float, float]
    rows: tuple[tuple[str, int], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    floor: int = HEIGHT - BOTTOM


def growth_chart(growth: Sequence[dict[str, Any]]) -> Drawing | None:
    """None before the first member."""
    points = [(date.fromisoformat(str(told["day"])[:10]), int(told["members"])) for told in growth]
    if not points or max(members for _, members in points) < 1:
        return None
    first, last = points[0][0], points[-1][0]
    span = max(1, (last - first).days)
    top = _round_up(max(members for _, members in points))

    def x(day: date) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * (day - first).days / span, 1)

    def y(members: int) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * members / top, 1)

    line = _steps([(x(day), y(members)) for day, members in points])
    days = ((x(first), first.isoformat(), "start"), (x(last), last.isoformat(), "end"))
    return Drawing(
        line=line,
        area=f"{line}V{HEIGHT - BOTTOM}H{LEFT}Z",
        marks=tuple((y(value), value) for value in sorted({0, top // 2, top})),
        days=days[:1] if first == last else days,
        last=(x(last), y(points[-1][1])),
        rows=tuple((day.isoformat(), members) for day, members in points),
    )


def _steps(points: Sequence[tuple[float, float]]) -> str:
    """Members are counted at the end of a day; between two days nothing is made up."""
    if len(points) == 1:
        return f"M{LEFT} {points[0][1]}H{WIDTH - RIGHT}"
    return f"M{points[0][0]} {points[0][1]}" + "".join(f"H{x}V{y}" for x, y in points[1:])


def _round_up(value: int) -> int:
    """The next of 2, 4, 10, 20, 40, 100, …: easy to halve."""
    scale = 1
    while True:
        for step in (2, 4, 10):
            if value <= step * scale:
                return step * scale
        scale *= 10
