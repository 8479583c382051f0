"""Every drill of `make drill` in its short form: whatever is killed, away, full or wrong, nothing answered is lost."""

from __future__ import annotations

import pytest

from tests.drills.house import SHORT
from tests.drills.playing import SHORT_NAMES, SQLITE, play


@pytest.mark.timeout(280)
def test_a_full_disk_refuses_people_and_loses_nobody() -> None:
    (outcome,) = play(SHORT, print, (SQLITE,))
    assert outcome.broken == ()
    assert outcome.joins > 0


@pytest.mark.timeout(900)
def test_every_drill_on_one_distributed_run() -> None:
    names = tuple(name for name in SHORT_NAMES if name != SQLITE)
    outcomes = list(play(SHORT, print, names))
    assert {outcome.name: outcome.broken for outcome in outcomes if not outcome.passed} == {}
    assert [outcome.name for outcome in outcomes] == list(names)
    joins = [outcome.joins for outcome in outcomes]
    assert joins == sorted(set(joins)) and joins[0] > 0, "people joined during each"
