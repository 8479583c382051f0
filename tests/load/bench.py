"""The benchmark: `python -m tests.load.bench [--out FILE] [--quick]`.

Everything is measured beside its baseline, in rotation and on the same machine: compare ratios, never numbers of
different days. Full in less than 12 minutes, quick in less than 3 (with 50,000 members in place of 1,000,000).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.load import parts
from tests.load.figures import Figure, show, write


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.bench")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    given = parser.parse_args()
    extent = parts.QUICK if given.quick else parts.FULL
    begun = time.monotonic()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="chorus-bench-") as folder:
        home = Path(folder)
        for part in (
            parts.joins(home, extent),
            parts.pages(home, extent),
            parts.start(home, extent),
            parts.appending(extent),
            parts.size(home, extent),
        ):
            for figure in part:
                figures.append(figure)
                print(show(figure), flush=True)
    print(f"{time.monotonic() - begun:.0f} seconds in all; medians of runs in rotation")
    if given.out:
        write(figures, given.out)


if __name__ == "__main__":
    main()
