"""The processes of campaign on PostgreSQL; `kit.serving.serve` runs one `build` of these in each."""

from __future__ import annotations

from contextlib import ExitStack

from services.campaign.adapters.notifier_http import NotifierHttp
from services.campaign.databases import COMMITTED
from services.campaign.http.app import create_app
from services.campaign.readmodels import projector
from services.campaign.readmodels.projector import Projector
from services.campaign.service import CampaignService
from services.campaign.settings import CampaignSettings, from_environment, needed
from services.campaign.wiring import build
from services.contracts.notifier_port import NotifierPort
from services.contracts.topics import CAMPAIGN_EVENTS
from services.kit.clock import Clock
from services.kit.loops import Pace
from services.kit.metrics import Metrics
from services.kit.server_settings import kafka_from_environment
from services.kit.serving import Manner, Process
from services.kit.sql.leases import PostgresLease
from services.kit.sql.wakes import Wakes
from services.kit.standby import Standby, TimedStandby
from services.kit.stream.relay import SLICE, Relay

RELAY_SECONDS = 0.1
"""In a crowd the relay takes so long to gather: each slice costs those that follow the topic a slice of theirs."""
VIEWS_SECONDS = 0.05
"""The same for the views; people who ask for theirs meanwhile wait for it."""


def web(clock: Clock) -> Process:
    """The internal doors; any number of them. Decides and writes, and follows the log only where nobody else does."""
    with ExitStack() as closing:
        settings = from_environment()
        secret = needed(settings.secret, "CHORUS_INTERNAL_SECRET")
        service = _service(settings, clock, None, closing, name="campaign-web", defers=True)
        return Process(
            service.metrics,
            create_app(service, secret),
            checks=service.checks,
            close=closing.pop_all().close,
        )


def worker(clock: Clock) -> Process:
    """What follows the log or waits for an instant; a second one stands by."""
    with ExitStack() as closing:
        settings = from_environment()
        secret = needed(settings.secret, "CHORUS_INTERNAL_SECRET")
        notifier = NotifierHttp(needed(settings.notifier_url, "CHORUS_NOTIFIER_URL"), secret)
        closing.callback(notifier.close)
        service = _service(settings, clock, notifier, closing, name="campaign-worker")
        wakes = _wakes(settings, "campaign-worker", closing)
        lease = _lease(service, "campaign-worker", closing)
        return Process(
            service.metrics,
            checks=service.checks,
            workers=[Standby(each, lease) for each in (*service.workers, service.tidy)],
            timed=[TimedStandby(each, lease) for each in service.timed],
            wakes=[wakes.listen],
            manners={Projector.name: Manner(pace=Pace(VIEWS_SECONDS, projector.SLICE))},
            close=closing.pop_all().close,
        )


def relay(clock: Clock) -> Process:
    """From the log to the topic; a second one stands by."""
    from services.kit.stream.kafka import KafkaStream

    with ExitStack() as closing:
        settings, kafka = from_environment(), kafka_from_environment()
        service = _service(settings, clock, None, closing, name="campaign-relay")
        stream = KafkaStream(kafka, "campaign-relay")
        closing.callback(stream.close)
        lease = _lease(service, "campaign-relay", closing)
        relaying = Relay(
            service.relay_source, stream, CAMPAIGN_EVENTS, service.to_record, lease=lease, metrics=service.metrics
        )
        wakes = _wakes(settings, "campaign-relay", closing)
        return Process(
            service.metrics,
            checks={"store": service.checks["store"], "relay": relaying.sound},
            workers=[relaying],
            manners={relaying.name: Manner(pace=Pace(RELAY_SECONDS, SLICE))},
            wakes=[wakes.listen],
            close=closing.pop_all().close,
        )


def _service(
    settings: CampaignSettings, clock: Clock, notifier: NotifierPort | None, closing: ExitStack, *,
    name: str, defers: bool = False,
) -> CampaignService:  # fmt: skip
    needed(settings.database, "CHORUS_CAMPAIGN_DATABASE")
    service = build(settings, clock, notifier, Metrics(), process=name, defers=defers)
    closing.callback(service.close)
    return service


def _lease(service: CampaignService, name: str, closing: ExitStack) -> PostgresLease:
    lease = PostgresLease(service.databases.views, name)
    closing.callback(lease.release)
    return lease


def _wakes(settings: CampaignSettings, name: str, closing: ExitStack) -> Wakes:
    url = needed(settings.database, "CHORUS_CAMPAIGN_DATABASE")
    wakes = Wakes(url, settings.database_password, COMMITTED, application=f"{name}-ear")
    closing.callback(wakes.close)
    return wakes
