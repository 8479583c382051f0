"""The processes of gateway on PostgreSQL; `kit.serving.serve` runs one `build` of these in each."""

from __future__ import annotations

from contextlib import ExitStack

from services.contracts.topics import PROGRESS
from services.gateway.clients.campaign_http import CampaignHttp
from services.gateway.clients.notifier_http import NotifierHttp
from services.gateway.local_door import local_door_blueprint
from services.gateway.settings import GatewaySettings, from_environment
from services.gateway.wiring import build, build_inbox
from services.kit.clock import Clock
from services.kit.metrics import Metrics
from services.kit.server_settings import kafka_from_environment, needed
from services.kit.serving import Process
from services.kit.sql.activity import answers

CAMPAIGN_LANES = 2
"""Batches of commands of one process under way at once: several campaign processes share them."""


def web(clock: Clock) -> Process:
    """The people's door: pages, API, feeds, live streams; any number of them."""
    with ExitStack() as closing:
        settings, metrics = _on_postgres(), Metrics()
        secret = needed(settings.internal_secret, "CHORUS_INTERNAL_SECRET")
        campaign = CampaignHttp(needed(settings.campaign_url, "CHORUS_CAMPAIGN_URL"), secret, lanes=CAMPAIGN_LANES)
        closing.callback(campaign.close)
        notifier = NotifierHttp(needed(settings.notifier_url, "CHORUS_NOTIFIER_URL"), secret)
        closing.callback(notifier.close)
        pages = () if settings.local_door is None else (local_door_blueprint(settings.local_door),)
        service = build(settings, clock, campaign, notifier, None, metrics=metrics, blueprints=pages)
        closing.callback(service.close)
        return Process(
            metrics,
            service.app,
            checks={"database": lambda: answers(service.engine), "progress-copy": service.services.progress.readable},
            workers=service.workers,
            drain=service.services.live.close,
            close=closing.pop_all().close,
        )


def inbox(_clock: Clock) -> Process:
    """Keeps the copy of public progress; several share the partitions."""
    from services.kit.stream.kafka import KafkaStream

    with ExitStack() as closing:
        settings, metrics = _on_postgres(), Metrics()
        stream = KafkaStream(kafka_from_environment(), "gateway-inbox")
        closing.callback(stream.close)
        inbox = build_inbox(settings, stream, metrics)
        closing.callback(inbox.close)
        return Process(
            metrics,
            checks={"database": lambda: answers(inbox.engine)},
            workers=(inbox.worker,),
            wakes=[lambda wake: stream.wake(PROGRESS, wake)],
            behind=inbox.worker.consumer.lag,
            shares=lambda: {inbox.worker.name: inbox.worker.consumer.share()},
            close=closing.pop_all().close,
        )


def _on_postgres() -> GatewaySettings:
    settings = from_environment()
    needed(settings.database_url, "CHORUS_GATEWAY_DATABASE")
    return settings
