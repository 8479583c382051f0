"""A clock set by hand waits for followers that are away or behind, though not for ever, and says for whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest

from services.distributed.turns import AllFollowers, Stuck, Turn
from services.kit.loops import Guarded, settle
from tests.load.running import free_port


class Follower:
    """Answers what it is told to, the last answer again and again."""

    def __init__(self, name: str, *answers: Mapping[str, Any]) -> None:
        self.name = name
        self.asked = 0
        self._answers = answers

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        self.asked += 1
        return self._answers[min(self.asked, len(self._answers)) - 1]


def answer(generation: int = 0, behind: int = 0, **shares: tuple[int, int]) -> dict[str, Any]:
    return {"generation": generation, "behind": behind, "shares": shares}


def all_of(*followers: Follower, patience: float = 30.0) -> AllFollowers:
    return AllFollowers(cast("list[Turn]", followers), patience)


def test_two_quiet_rounds_end_the_waiting() -> None:
    follower = Follower("notifier-worker-1", answer(1, behind=2), answer(3), answer(3), answer(3))
    settle([Guarded(all_of(follower))])
    assert follower.asked == 4


@pytest.mark.parametrize(
    ("stands", "told"),
    [
        (answer(7, behind=3), "3 for notifier-worker-1"),
        (answer(7, mails=(11, 12), progress=(12, 12)), "partitions of mails$"),
    ],
)
def test_what_stays_on_its_way_while_nobody_does_anything_is_told(stands: dict[str, Any], told: str) -> None:
    followers = all_of(Follower("notifier-worker-1", stands), Follower("campaign-relay", answer(1)), patience=0.0)
    with pytest.raises(Stuck, match=told):
        settle([Guarded(followers)])


def test_as_long_as_somebody_does_something_it_is_waited_for() -> None:
    busy = [answer(count, behind=1) for count in range(1, 40)]
    follower = Follower("gateway-inbox", *busy, answer(39))
    settle([Guarded(all_of(follower, patience=0.0))])
    assert follower.asked == 41


def test_a_follower_that_does_not_come_back_is_named() -> None:
    turn = Turn("campaign-worker", f"http://127.0.0.1:{free_port()}", "secret", patience_seconds=0.0)
    with pytest.raises(Stuck, match="campaign-worker-away"):
        settle([Guarded(AllFollowers([turn]))])
