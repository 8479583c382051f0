"""`make drill`: all drills, a table, and what of it holds. Exit code 1 if any invariant broke."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.drills.house import LONG, SHORT
from tests.drills.playing import NAMES, SHORT_NAMES, Outcome, play

HEAD = ("drill", "holds", "s", "joins", "events", "folded", "unanswered", "seen")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.drills")
    parser.add_argument("--out", type=Path, help="also write the table here")
    parser.add_argument("--short", action="store_true", help="the form that is part of make test")
    parser.add_argument("--only", action="append", choices=NAMES, help="this drill; may be given more than once")
    given = parser.parse_args()
    began = time.monotonic()

    def tell(line: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {line}", file=sys.stderr, flush=True)

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    names = tuple(given.only or (SHORT_NAMES if given.short else NAMES))
    outcomes = []
    for outcome in play(SHORT if given.short else LONG, tell, names):
        outcomes.append(outcome)
        tell(f"{outcome.name}: {'holds' if outcome.passed else 'BROKEN'}, {outcome.seconds:.0f} s")
    told = "\n".join(table(outcomes)) + "\n"
    print(told, end="")
    if given.out is not None:
        given.out.write_text(told, encoding="utf-8")
    return 0 if len(outcomes) == len(names) and all(outcome.passed for outcome in outcomes) else 1


def table(outcomes: Sequence[Outcome]) -> list[str]:
    """Markdown, what broke below it, and one line of sums."""
    rows = [HEAD, *(_row(outcome) for outcome in outcomes)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    lines += [f"- {outcome.name}: {what}" for outcome in outcomes for what in outcome.broken]
    passed = sum(outcome.passed for outcome in outcomes)
    return [*lines, f"drills: {passed} passed, {len(outcomes) - passed} failed"]


def _row(outcome: Outcome) -> tuple[str, ...]:
    return (
        outcome.name, "yes" if outcome.passed else "NO", f"{outcome.seconds:.0f}", str(outcome.joins),
        str(outcome.events), str(outcome.folded), str(outcome.unanswered), outcome.seen,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
