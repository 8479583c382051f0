"""The table of the drills: what broke is told below it, and the last line sums up."""

from __future__ import annotations

from tests.drills.__main__ import table
from tests.drills.drills import DRILLS, KILLED
from tests.drills.playing import NAMES, SHORT_NAMES, Outcome

WELL = Outcome("kill relay", "three times", 12.4, joins=310, events=402, folded=1, unanswered=2)
ILL = Outcome("clock back", "an hour back", 3.0, broken=("ids: the log lacks number 7", "joins: nobody"))


def test_a_row_for_each_and_the_sum_at_the_end() -> None:
    lines = table([WELL, ILL])
    assert [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:4]] == [
        ["kill relay", "yes", "12", "310", "402", "1", "2", "three times"],
        ["clock back", "NO", "3", "0", "0", "0", "0", "an hour back"],
    ]
    assert lines[4:] == [
        "- clock back: ids: the log lacks number 7",
        "- clock back: joins: nobody",
        "drills: 1 passed, 1 failed",
    ]


def test_every_part_is_killed_and_each_drill_has_its_short_form() -> None:
    assert len({drill.name for drill in DRILLS}) == len(DRILLS) == len(NAMES) - 1
    assert {"campaign", "relay", "notifier", "gateway", "broker", "database"} == set(KILLED)
    assert set(NAMES) - set(SHORT_NAMES) == {"kill broker"}
