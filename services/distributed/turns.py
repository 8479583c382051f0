"""The processes of a run as a timeline sees them: work that is asked for over HTTP, in processes that may be away."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

import orjson

from services.kit.clock import SharedClock
from services.kit.failures import TemporaryFailure
from services.kit.internal_http import InternalHttp
from services.kit.loops import Guarded
from services.kit.timeline import Timeline

PATIENCE_SECONDS: Final = 90.0
"""A process that was killed is started again, and what it stands on may have to recover first. Whoever sets the clock
waits a little longer for its answer, so that it hears what is waited for in vain."""
AGAIN_SECONDS: Final = 0.1
ON_THE_WAY_SECONDS: Final = 0.005


class Stuck(RuntimeError):
    """What is waited for did not happen in time; waiting on would not help."""


class Turn:
    """One follower's door for turns."""

    def __init__(self, name: str, url: str, secret: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.name = name
        self._patience = patience_seconds
        self._http = InternalHttp(url, secret, f"{name}-away", connections=2)

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Waits for a process that is away; then Stuck."""
        ends = time.monotonic() + self._patience
        while True:
            try:
                status, data = self._http.call(method, path, orjson.dumps(body or {}), harmless=True)
                if status != 200:
                    raise TemporaryFailure(f"{self.name}-answered-{status}")
                answer: dict[str, Any] = orjson.loads(data)
                return answer
            except TemporaryFailure as failure:
                if time.monotonic() >= ends:
                    raise Stuck(f"{method} {path}: {failure.code}") from failure
                time.sleep(AGAIN_SECONDS)

    def close(self) -> None:
        self._http.close()


class AllFollowers:
    """A worker: every process does a round at the same time.

    What is on its way in a stream counts as done, and so does a partition that moves from one process to another; but
    not for ever while nobody does anything: then Stuck. One quiet round may be luck, such as a lease that was lost and
    is not taken again yet; two are none.
    """

    name = "followers"

    def __init__(self, turns: Sequence[Turn], patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._turns = turns
        self._patience = patience_seconds
        self._waits_since: float | None = None
        self._pool = ThreadPoolExecutor(max(1, len(turns)), thread_name_prefix="turn")
        self._generations: dict[str, int] = {}
        self._quiet = False

    def run_once(self) -> int:
        answers = list(self._pool.map(lambda turn: turn.ask("POST", "/turn"), self._turns))
        moved = 0
        for turn, answer in zip(self._turns, answers, strict=True):
            moved += self._generations.get(turn.name) != answer["generation"]
            self._generations[turn.name] = answer["generation"]
        on_the_way = _on_the_way(self._turns, answers)
        self._wait_not_for_ever(on_the_way if not moved else [])
        if on_the_way:
            time.sleep(ON_THE_WAY_SECONDS)
        was_quiet, self._quiet = self._quiet, not (moved or on_the_way)
        return 0 if self._quiet and was_quiet else 1

    def _wait_not_for_ever(self, on_the_way: Sequence[str]) -> None:
        now = time.monotonic()
        if not on_the_way:
            self._waits_since = None
        elif self._waits_since is None:
            self._waits_since = now
        elif now - self._waits_since > self._patience:
            raise Stuck(f"nobody does anything, and on its way is: {', '.join(on_the_way)}")

    def close(self) -> None:
        self._pool.shutdown()


def _on_the_way(turns: Sequence[Turn], answers: Sequence[Mapping[str, Any]]) -> list[str]:
    """What waits in a stream for a process, and which consumers have partitions that are nobody's."""
    waits = [f"{answer['behind']} for {turn.name}" for turn, answer in zip(turns, answers, strict=True)
             if answer["behind"]]  # fmt: skip
    taken: dict[str, int] = defaultdict(int)
    there: dict[str, int] = {}
    for answer in answers:
        for consumer, (mine, all_of_them) in answer["shares"].items():
            taken[consumer] += mine
            there[consumer] = all_of_them
    return waits + [f"partitions of {consumer}" for consumer, count in there.items() if taken[consumer] < count]


class RemoteTimed:
    """`kit.timeline.Timed` of one process."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self.name = turn.name

    def next_due(self) -> datetime | None:
        due = self._turn.ask("GET", "/turn")["next_due"]
        return None if due is None else datetime.fromisoformat(due)

    def run_due(self, horizon: datetime, inclusive: bool) -> int:
        body = {"horizon": horizon.isoformat(), "inclusive": inclusive}
        return int(self._turn.ask("POST", "/turn/due", body)["done"])


def remote_timeline(clock: SharedClock, turns: Sequence[Turn]) -> Timeline:
    return Timeline(clock, [Guarded(AllFollowers(turns))], [RemoteTimed(turn) for turn in turns])
