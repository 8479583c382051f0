"""Drills one after the other on one run; after each, everything is looked at again from the first event on."""

from __future__ import annotations

import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.drills.drills import DRILLS, Drill
from tests.drills.house import House, Scale, Tell, a_house
from tests.drills.invariants import broken, folded
from tests.drills.sqlite_full import disk_full

SQLITE: Final = "sqlite disk full"
NAMES: Final = (*(drill.name for drill in DRILLS), SQLITE)
SHORT_NAMES: Final = tuple(name for name in NAMES if name != "kill broker")
"""Without the drill that another one holds in it: for a broker to be away it is killed."""
MOST_TOLD: Final = 5


@dataclass(frozen=True)
class Outcome:
    """`joins` and `events` are all that the log holds by now; `folded` mails left twice under one Message-ID by
    now; `unanswered` requests of this drill got no answer, or that the house is busy or away."""

    name: str
    seen: str
    seconds: float
    joins: int = 0
    events: int = 0
    folded: int = 0
    unanswered: int = 0
    broken: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.broken


def play(scale: Scale, tell: Tell, names: Sequence[str] = NAMES) -> Iterator[Outcome]:
    """Outcomes as they come. A drill that cannot be finished is a failed one."""
    with _folder() as folder:
        if SQLITE in names:
            yield _on_sqlite(folder / "embedded", scale, tell)
        left = [drill for drill in DRILLS if drill.name in names]
        if not left:
            return
        began = time.monotonic()
        try:
            with a_house(folder / "distributed", scale, tell) as house:
                while left:
                    yield _on(house, left.pop(0), tell)
        except Exception as failure:
            yield from (_unfinished(drill.name, began, failure) for drill in left)
            if not left:
                raise


def _on(house: House, drill: Drill, tell: Tell) -> Outcome:
    began = time.monotonic()
    tell(f"{drill.name}: {drill.what}")
    before = house.crowd.unanswered

    def do() -> Outcome:
        seen = drill.worst(house)
        facts = house.settled()
        found = tuple(broken(facts))
        return Outcome(
            drill.name, seen, time.monotonic() - began, facts.keys, len(facts.log), folded(facts),
            house.crowd.unanswered - before, found,
        )  # fmt: skip

    return _told(_guarded(drill.name, began, do), tell)


def _on_sqlite(folder: Path, scale: Scale, tell: Tell) -> Outcome:
    began = time.monotonic()
    tell(f"{SQLITE}: no room for the log, embedded")

    def do() -> Outcome:
        seen, found = disk_full(folder, seconds=scale.seconds)
        return Outcome(SQLITE, seen, time.monotonic() - began, found.joined, found.events)

    folder.mkdir()
    return _told(_guarded(SQLITE, began, do), tell)


def _guarded(name: str, began: float, do: Callable[[], Outcome]) -> Outcome:
    try:
        return do()
    except Exception as failure:
        return _unfinished(name, began, failure)


def _unfinished(name: str, began: float, failure: Exception) -> Outcome:
    why = "".join(traceback.format_exception(failure)).strip()
    return Outcome(name, "not finished", time.monotonic() - began, broken=(why,))


def _told(outcome: Outcome, tell: Tell) -> Outcome:
    for what in outcome.broken[:MOST_TOLD]:
        tell(f"  broken: {what}")
    if len(outcome.broken) > MOST_TOLD:
        tell(f"  and {len(outcome.broken) - MOST_TOLD} more")
    return outcome


@contextmanager
def _folder() -> Iterator[Path]:
    """One that PostgreSQL's account may enter."""
    with tempfile.TemporaryDirectory(prefix="chorus-drill-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "distributed").mkdir(mode=0o755)
        yield folder
