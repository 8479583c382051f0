"""Figures of a benchmark: what was measured, beside what, and their ratio; the ratio is what can be compared."""

from __future__ import annotations

import json
import operator
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

_TARGET = re.compile(r"(>=|<=|<) ([0-9.]+) ?(\w*)")
_COMPARE: dict[str, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le, "<": operator.lt}


@dataclass(frozen=True)
class Figure:
    """`ratio` is value to baseline; the target it is held to is told where there is one."""

    name: str
    value: float
    unit: str
    baseline: str | None = None
    baseline_value: float | None = None
    ratio: float | None = None
    runs: int = 1
    target: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target is met: by the value where the target has a unit, else by the ratio; None without one."""
        told = _TARGET.match(self.target)
        if told is None:
            return None
        measured = self.value if told[3] or self.ratio is None else self.ratio
        return _COMPARE[told[1]](measured, float(told[2]))


def beside(
    name: str, values: Sequence[float], unit: str, baseline: str, baseline_values: Sequence[float], target: str = ""
) -> Figure:
    """Medians of runs in rotation; the ratio is the median of the ratios of neighbouring runs."""
    pairs = list(zip(values, baseline_values, strict=True))
    ratio = statistics.median(value / other for value, other in pairs)
    medians = statistics.median(values), statistics.median(baseline_values)
    return Figure(name, round(medians[0], 3), unit, baseline, round(medians[1], 3), round(ratio, 3), len(pairs), target)


def alone(name: str, values: Sequence[float], unit: str, target: str = "") -> Figure:
    return Figure(name, round(statistics.median(values), 3), unit, runs=len(values), target=target)


def show(figure: Figure) -> str:
    """One line of the table."""
    line = f"{figure.name:58s} {figure.value:10.1f} {figure.unit:4s}"
    if figure.ratio is not None:
        line += f" {figure.ratio:6.2f} x {figure.baseline} ({figure.baseline_value:.1f})"
    if figure.reached is not None:
        line += f"   [{figure.target}: {'reached' if figure.reached else 'MISSED'}]"
    return line


def write(figures: Sequence[Figure], path: Path) -> None:
    told = [{**asdict(figure), "reached": figure.reached} for figure in figures]
    path.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
