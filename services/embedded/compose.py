"""All three services in one process: SQLite files under one folder, the stream beside them, mail to a local folder."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask

from services.campaign import wiring as campaign_wiring
from services.campaign.application.store import Leaf
from services.campaign.service import CampaignService
from services.campaign.settings import CampaignSettings
from services.contracts.topics import CAMPAIGN_EVENTS
from services.embedded.expiry import Expiry
from services.embedded.loopback import Loopback
from services.embedded.settings import EmbeddedSettings
from services.gateway import wiring as gateway_wiring
from services.gateway.settings import GatewaySettings
from services.gateway.wiring import GatewayService
from services.kit.clock import Clock, SettableClock, SystemClock
from services.kit.clock_door import clock_blueprint
from services.kit.ids import random_token
from services.kit.loops import Guarded, Loop, Worker
from services.kit.metrics import Metrics
from services.kit.stream.in_process import InProcessStream
from services.kit.stream.lease import AlwaysHeld
from services.kit.stream.relay import Relay
from services.kit.timeline import Ticking, Timed, Timeline
from services.notifier import wiring as notifier_wiring
from services.notifier.http.mailbox_page import mailbox_blueprint
from services.notifier.settings import NotifierSettings
from services.notifier.wiring import NotifierService

POLL_SECONDS = 1.0
"""A loop that nobody woke looks again after this long; wakes are hints, the log is what counts."""


@dataclass(frozen=True)
class Embedded:
    """`app` answers people; `start` sets the background work going, `stop` ends it and closes everything."""

    app: Flask
    campaign: CampaignService
    notifier: NotifierService
    gateway: GatewayService
    relay: Relay[Leaf]
    loops: Sequence[Loop]
    closing: ExitStack

    def start(self) -> None:
        for loop in self.loops:
            loop.start()

    def ready(self) -> bool:
        return self.gateway.services.health.ready().ok

    def drain(self) -> None:
        """Begins no further work and says goodbye to live streams, while requests under way are finished."""
        for loop in self.loops:
            loop.leave_off()
        self.gateway.services.live.close()

    def stop(self) -> None:
        self.drain()
        for loop in self.loops:
            loop.stop()
        self.closing.close()


def build(settings: EmbeddedSettings) -> Embedded:
    """Raises FolderInUse when another process has the data folder."""
    with ExitStack() as undo:
        closing = undo.enter_context(ExitStack())
        embedded = _build(settings, closing)
        undo.pop_all()
    return embedded


def _build(settings: EmbeddedSettings, closing: ExitStack) -> Embedded:
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock: Clock = SystemClock() if settings.clock_start is None else SettableClock(settings.clock_start)
    metrics, loopback = Metrics(), Loopback()
    loops: list[Loop] = []
    stream = InProcessStream(settings.data / "stream.db")
    closing.callback(stream.close)
    notifier = notifier_wiring.build(_notifier_settings(settings), clock, loopback, stream, metrics)
    closing.callback(notifier.close)
    campaign = campaign_wiring.build(CampaignSettings(settings.data / "campaign"), clock, notifier.port, metrics)
    closing.callback(campaign.close)
    loopback.connect(campaign)
    relay = Relay(
        campaign.relay_source, stream, CAMPAIGN_EVENTS, campaign.to_record, lease=AlwaysHeld(), metrics=metrics
    )
    guarded = [Guarded(worker) for worker in (*campaign.workers, relay, *notifier.workers)]
    timed = (*campaign.timed, *notifier.timed)
    blueprints, inbox_guards = _local_pages(settings, notifier, clock, guarded, timed)
    gateway = gateway_wiring.build(
        _gateway_settings(settings),
        clock,
        campaign,
        notifier.port,
        stream,
        metrics=metrics,
        checks={"campaign": campaign.ready, "relay": relay.sound, "background": lambda: _run_well(loops)},
        blueprints=blueprints,
    )
    closing.callback(gateway.close)
    own = [Guarded(worker) for worker in gateway.workers]
    inbox_guards.extend(own)
    background = [*guarded, *own, Guarded(campaign.tidy), Guarded(Expiry(stream, clock))]
    if settings.clock_start is None:
        background += [Guarded(Ticking(work, clock)) for work in timed]
    loops.extend(_loops(background if settings.followers else [], campaign, metrics))
    return Embedded(gateway.app, campaign, notifier, gateway, relay, loops, closing)


def _notifier_settings(settings: EmbeddedSettings) -> NotifierSettings:
    return NotifierSettings(
        base_url=settings.base_url,
        data=_made(settings.data / "notifier"),
        smtp_host=settings.smtp_host,
        smtp_port=settings.smtp_port,
    )


def _gateway_settings(settings: EmbeddedSettings) -> GatewaySettings:
    return GatewaySettings(
        base_url=settings.base_url,
        data=_made(settings.data / "gateway"),
        pepper=settings.data / "campaign" / "secrets" / "pepper",
        local=True,
        mailbox_page=None if settings.smtp_host else "/_mailbox",
        operator_token=_operator_token(settings.data / "gateway" / "secrets" / "operator"),
        most_streams=1000,
    )


def _operator_token(path: Path) -> str:
    """Whoever can read this file is the operator: `Authorization: Bearer $(cat var/gateway/secrets/operator)`."""
    _made(path.parent)
    path.touch(mode=0o600)
    if not path.read_text(encoding="ascii"):
        path.write_text(random_token(), encoding="ascii")
    return path.read_text(encoding="ascii")


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _local_pages(
    settings: EmbeddedSettings,
    notifier: NotifierService,
    clock: Clock,
    guarded: Sequence[Guarded],
    timed: Sequence[Timed],
) -> tuple[tuple[Blueprint, ...], list[Guarded]]:
    """Pages of this runner alone. The list is filled with the workers that stand only after the gateway does."""
    pages: list[Blueprint] = []
    late: list[Guarded] = []
    if notifier.mailbox is not None:
        pages.append(mailbox_blueprint(notifier.mailbox))
    if isinstance(clock, SettableClock):
        pages.append(clock_blueprint(clock, lambda: Timeline(clock, [*guarded, *late], timed)))
    return tuple(pages), late


def _loops(workers: Sequence[Worker], campaign: CampaignService, metrics: Metrics) -> list[Loop]:
    """One loop a worker; a commit wakes them all, and while people's requests are written they rest."""
    wakes = [threading.Event() for _ in workers]

    def wake() -> None:
        for event in wakes:
            event.set()

    campaign.listen(wake)
    turns = threading.Lock()
    return [
        Loop(worker, event, POLL_SECONDS, campaign.busy, metrics=metrics, turns=turns)
        for worker, event in zip(workers, wakes, strict=True)
    ]


def _run_well(loops: Sequence[Loop]) -> None:
    """A check for Health: each loop runs, and none fails again and again."""
    for loop in loops:
        loop.healthy()
