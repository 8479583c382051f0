"""The benchmark: `python -m tests.load.bench [--out FILE] [--quick] [--only sqlite|postgres|live]`.

Everything is measured beside its baseline, in rotation and on the same machine: compare ratios, never numbers of
different days. Full in about 12 minutes on two free cores, quick in about 6, with fewer members and rounds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.load import live_part, parts, postgres_parts
from tests.load.figures import Figure, show, write

Part = Callable[[Path, parts.Extent, postgres_parts.Tell], Iterator[Figure]]


def sqlite(home: Path, extent: parts.Extent, tell: postgres_parts.Tell) -> Iterator[Figure]:
    """Everything in one process, as `make run` has it."""
    for name, part in (
        ("joins on SQLite", parts.joins),
        ("pages", parts.pages),
        ("start", parts.start),
        ("size on SQLite", parts.size),
    ):
        tell(name)
        yield from part(home, extent)
    tell("appending on SQLite")
    yield from parts.appending(extent)


def postgres(home: Path, extent: parts.Extent, tell: postgres_parts.Tell) -> Iterator[Figure]:
    """Gateways and campaigns on PostgreSQL."""
    rounds, seconds = extent.rounds, extent.seconds
    with postgres_parts.installed(home / "installation") as place:
        ours = place.opened(postgres_parts.REPLICAS)
        yield from postgres_parts.joins(place, ours, rounds, seconds, tell)
        yield from postgres_parts.appending(place, ours.joined, rounds, seconds, tell)
        yield from postgres_parts.size(place, extent.many, rounds, seconds, tell)


def live(home: Path, extent: parts.Extent, tell: postgres_parts.Tell) -> Iterator[Figure]:
    """All processes of a distributed run."""
    yield from live_part.live(home / "distributed", extent.paced, tell)


PARTS: dict[str, Part] = {"sqlite": sqlite, "postgres": postgres, "live": live}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.bench")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs")
    parser.add_argument("--only", choices=PARTS, help="one part of the three")
    given = parser.parse_args()
    extent = parts.QUICK if given.quick else parts.FULL
    begun = time.monotonic()
    figures: list[Figure] = []

    def tell(line: str) -> None:
        print(f"· {time.monotonic() - begun:4.0f} s  {line}", flush=True)

    with tempfile.TemporaryDirectory(prefix="chorus-bench-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        for name, part in PARTS.items():
            if given.only in (None, name):
                for figure in part(home, extent, tell):
                    figures.append(figure)
                    print(show(figure), flush=True)
    _told(figures, time.monotonic() - begun)
    if given.out:
        write(figures, given.out)


def _told(figures: list[Figure], seconds: float) -> None:
    """All of it once more as a table, since lines of progress stood between them."""
    print()
    for figure in figures:
        print(show(figure))
    held = [figure.reached for figure in figures if figure.reached is not None]
    print(f"{sum(held)} of {len(held)} targets reached; {seconds:.0f} seconds in all; medians of runs in rotation")


if __name__ == "__main__":
    main()
