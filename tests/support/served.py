"""Processes for the tests of the server: one web, one follower, one that cannot start."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from services.kit.clock import Clock
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.metrics import Metrics
from services.kit.serving import Process


class Counts:
    """Does three things, then rests."""

    name = "counts"

    def __init__(self) -> None:
        self.left = 3

    def run_once(self) -> int:
        done = min(1, self.left)
        self.left -= done
        return done


class Alarm:
    """Due an hour after it was made."""

    name = "alarm"

    def __init__(self, clock: Clock) -> None:
        self._due: datetime | None = clock.now() + timedelta(hours=1)

    def next_due(self) -> datetime | None:
        return self._due

    def run_due(self, horizon: datetime, inclusive: bool) -> int:
        if self._due is None or self._due > horizon or (self._due == horizon and not inclusive):
            return 0
        self._due = None
        return 1


def application(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
    if environ["PATH_INFO"] == "/slow":
        import time

        time.sleep(1.5)
    start("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode()]


def web(clock: Clock) -> Process:
    return Process(Metrics(), app=application, workers=(Counts(),), timed=(Alarm(clock),), close=_mark)


def follower(clock: Clock) -> Process:
    def unwell() -> None:
        if Path("unwell").exists():
            raise TemporaryFailure("broker-away")

    return Process(Metrics(), checks={"broker": unwell}, workers=(Counts(),), timed=(Alarm(clock),), close=_mark)


def broken(clock: Clock) -> Process:
    raise PermanentFailure("schema-missing")


def _mark() -> None:
    Path("closed").write_text("in order")
