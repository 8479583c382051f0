"""A notifier in a process of its own: its background work in loops, its internal door, one end for both."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from flask import Flask

from services.contracts.topics import CAMPAIGN_EVENTS
from services.kit.clock import Clock
from services.kit.health import Health
from services.kit.loops import Loop
from services.kit.metrics import Metrics
from services.kit.settings import BadSetting
from services.kit.stream.port import Stream
from services.kit.timeline import Ticking
from services.notifier.application.ports import Questions
from services.notifier.http.app import Doors, create_app
from services.notifier.settings import NotifierSettings
from services.notifier.wiring import NotifierService, build

POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Running:
    app: Flask
    service: NotifierService
    loops: tuple[Loop, ...]

    def stop(self) -> None:
        for loop in self.loops:
            loop.leave_off()
        for loop in self.loops:
            loop.stop()
        self.service.close()


def start(settings: NotifierSettings, clock: Clock, campaign: Questions, stream: Stream) -> Running:
    """Called by an entry point, once for a process. Raises BadSetting without the shared secret."""
    if settings.internal_secret is None:
        raise BadSetting("CHORUS_INTERNAL_SECRET is needed by a service of its own")
    metrics = Metrics()
    service = build(settings, clock, campaign, stream, metrics)
    wakes: list[threading.Event] = []
    loops: list[Loop] = []
    for worker in (*service.workers, *(Ticking(timed, clock) for timed in service.timed)):
        wakes.append(threading.Event())
        loops.append(Loop(worker, wakes[-1], POLL_SECONDS, metrics=metrics))

    def wake() -> None:
        for event in wakes:
            event.set()

    stream.wake(CAMPAIGN_EVENTS, wake)
    for loop in loops:
        loop.start()
    health = Health({f"loop-{number}": loop.healthy for number, loop in enumerate(loops)})
    return Running(create_app(Doors(service.port, health, metrics), settings.internal_secret), service, tuple(loops))
