"""A whole campaign on many processes, each of which is killed once in the middle of it; it ends as if nothing was."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from services.embedded.player.door import Door
from services.embedded.player.play import Played, play, starts_at
from services.embedded.player.scenario import read_scenario
from tests.support.distributed import Run, distributed_run

SCENARIO = Path(__file__).parents[2] / "scenarios" / "duplicate-charge.yaml"
VICTIMS = (
    "campaign-web-1", "notifier-worker-1", "campaign-relay", "gateway-web-1", "kafka", "gateway-inbox",
    "campaign-worker", "postgres", "notifier-web", "notifier-worker-2", "campaign-web-2", "gateway-web-2", "s3", "mail",
)  # fmt: skip
EVERY = 3
INTO_A_STEP = 0.15
"""Seconds: a step takes a few tenths."""


class Reaper:
    """Kills the next one a moment after each third step began."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._left = list(VICTIMS)
        self._timer: threading.Timer | None = None
        self.failed: list[str] = []

    def __call__(self, played: Played) -> None:
        self.failed += [f"{played.number} {check.what}: {check}" for check in played.checks if not check.ok]
        self.wait()
        if played.number % EVERY == 0 and self._left:
            self._timer = threading.Timer(INTO_A_STEP, self._run.kill, [self._left.pop(0)])
            self._timer.start()

    def wait(self) -> None:
        if self._timer is not None:
            self._timer.join()

    @property
    def spared(self) -> list[str]:
        return self._left


@pytest.mark.timeout(600)
def test_every_process_is_killed_once_and_the_campaign_ends_as_expected() -> None:
    scenario = read_scenario(SCENARIO)
    with distributed_run("--settable-clock", starts_at(scenario).isoformat()) as run:
        assert {one["name"] for one in run.processes()} == set(VICTIMS)
        door, reaper = Door(run.url, patience_seconds=90), Reaper(run)
        result = play(scenario, door, reaper)
        reaper.wait()
        run.until_ready()
        assert reaper.failed == [], run.told()
        assert (result.failed, reaper.spared) == (0, []), run.told()
        assert all(one["restarts"] >= 1 for one in run.processes())
        door.close()
