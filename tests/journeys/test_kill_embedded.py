"""The server is killed while people join: whoever was answered is a member, once, and hears of it, once."""

from __future__ import annotations

from pathlib import Path

from tests.load.kill import Siege

KILLS = ("both", "worker", "both", "master")


def test_no_answered_join_is_lost_and_none_counts_twice(tmp_path: Path) -> None:
    with Siege(tmp_path, clients=16, pause=0.1) as siege:
        counts = [siege.strike(kind).acknowledged for kind in KILLS]
        siege.leave_off()
        found = siege.settled()
    assert counts == sorted(counts) and counts[0] < counts[-1], "people joined between the kills"
    assert found.joined >= found.acknowledged >= counts[-1]
