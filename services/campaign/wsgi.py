"""The campaign service in a process of its own: its internal doors for gunicorn, its background work beside them."""

from __future__ import annotations

import atexit
import threading
from dataclasses import dataclass

from flask import Flask

from services.campaign.adapters.notifier_http import NotifierHttp
from services.campaign.http.app import Doors, create_app
from services.campaign.service import CampaignService
from services.campaign.settings import CampaignSettings, from_environment
from services.campaign.wiring import build
from services.kit import logs
from services.kit.clock import SystemClock
from services.kit.loops import Loop
from services.kit.metrics import Metrics
from services.kit.settings import BadSetting
from services.kit.timeline import Ticking

POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Running:
    """One campaign process: its doors, its service, its background work."""

    app: Flask
    service: CampaignService
    loops: tuple[Loop, ...]

    def stop(self) -> None:
        for loop in self.loops:
            loop.stop()
        self.service.close()


def application() -> Flask:
    """`gunicorn 'services.campaign.wsgi:application()'`, one worker: the data folder has one writing process."""
    logs.configure(service="campaign", form="json")
    running = start(from_environment())
    atexit.register(running.stop)
    return running.app


def start(settings: CampaignSettings) -> Running:
    """Raises BadSetting, and FolderInUse while another process writes in the data folder."""
    if settings.secret is None or settings.notifier_url is None:
        raise BadSetting("CHORUS_INTERNAL_SECRET and CHORUS_NOTIFIER_URL are needed by a service of its own")
    clock, metrics = SystemClock(), Metrics()
    service = build(settings, clock, NotifierHttp(settings.notifier_url, settings.secret), metrics)
    loops = _loops(service, clock)
    for loop in loops:
        loop.start()
    return Running(create_app(Doors(service, service.health, metrics), settings.secret), service, loops)


def _loops(service: CampaignService, clock: SystemClock) -> tuple[Loop, ...]:
    """One for each worker; a commit wakes them all, and while people's requests are written they rest."""
    wakes: list[threading.Event] = []
    loops: list[Loop] = []
    for worker in (*service.workers, *(Ticking(timed, clock) for timed in service.timed), service.tidy):
        wakes.append(threading.Event())
        loops.append(Loop(worker, wakes[-1], POLL_SECONDS, service.busy, metrics=service.metrics))

    def wake() -> None:
        for event in wakes:
            event.set()

    service.listen(wake)
    return tuple(loops)
