"""Gateway put together: the one place where its parts meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask
from sqlalchemy import Engine

from services.contracts.campaign_port import CampaignPort
from services.contracts.notifier_port import NotifierDoor
from services.contracts.topics import PROGRESS
from services.gateway.accounts.accounts import Accounts, build_accounts
from services.gateway.accounts.housekeeping import Sweep
from services.gateway.accounts.sealing import own_secret, read_secret
from services.gateway.app import create_app
from services.gateway.app_services import GatewayServices
from services.gateway.clients.correlated import CorrelatedCampaign
from services.gateway.feeds.live import Live, LiveLimits
from services.gateway.feeds.model import Teller
from services.gateway.inbox.progress import KeepProgress, ProgressInbox
from services.gateway.metrics import GATEWAY
from services.gateway.readmodels.casebook import Casebook
from services.gateway.readmodels.progress_copy import ProgressCopy
from services.gateway.settings import GatewaySettings
from services.kit.clock import Clock
from services.kit.health import Check, Health
from services.kit.loops import Worker
from services.kit.metrics import Metrics
from services.kit.sql.engine import database_engine
from services.kit.sql.leases import SharedPartitions
from services.kit.sql.migrate import migrate, prepared
from services.kit.sql.postgres import is_postgres
from services.kit.stream.consumer import Consumer
from services.kit.stream.port import Reader
from services.kit.stream.redriving import Stopped, stopped
from services.kit.texts import Texts

HOME = Path(__file__).parent
MIGRATIONS = HOME / "migrations"
INBOX = "gateway-inbox"
SECONDS_BETWEEN_LOOKS = 0.1
"""Where another process keeps the copy of progress, live streams look into it so often."""


@dataclass(frozen=True)
class GatewayService:
    """`workers` sweep, and follow the stream where it was given; whoever runs the process drives them."""

    app: Flask
    services: GatewayServices
    workers: tuple[Worker, ...]
    engine: Engine

    def close(self) -> None:
        self.services.live.close()
        for worker in self.workers:
            if isinstance(worker, ProgressInbox):
                worker.consumer.release()
        self.engine.dispose()


@dataclass(frozen=True)
class GatewayInbox:
    """The copy of public progress kept by a process of its own."""

    worker: ProgressInbox
    engine: Engine
    close: Callable[[], None]


def build(
    settings: GatewaySettings,
    clock: Clock,
    campaign: CampaignPort,
    notifier: NotifierDoor,
    reader: Reader | None,
    *,
    metrics: Metrics | None = None,
    checks: Mapping[str, Check] | None = None,
    blueprints: tuple[Blueprint, ...] = (),
    pages: bool = True,
) -> GatewayService:
    """The pepper must be there already: campaign makes it. Without `reader` another process follows the stream.
    `checks` are of the process that this runs in."""
    engine = open_database(settings)
    metrics = metrics or Metrics()
    progress, casebook, texts = ProgressCopy(engine), Casebook(campaign), Texts(HOME / "locales")
    polls = SECONDS_BETWEEN_LOOKS if is_postgres(engine) else 1.0
    live = Live(progress, LiveLimits(settings.most_streams, settings.stream_seconds, poll_seconds=polls))
    metrics.include(GATEWAY)
    metrics.watch("chorus_live_streams", live.open_streams)
    accounts = _accounts(settings, engine, clock, notifier)
    services = GatewayServices(
        campaign=CorrelatedCampaign(campaign),
        notifier=notifier,
        accounts=accounts,
        progress=progress,
        live=live,
        casebook=casebook,
        teller=Teller(texts, casebook),
        clock=clock,
        settings=settings,
        texts=texts,
        health=Health({"progress-copy": progress.readable, **(checks or {})}),
        metrics=metrics,
        blueprints=blueprints,
    )
    app = create_app(services, pages=pages)
    workers: tuple[Worker, ...] = (Sweep(accounts, clock),)
    if reader is not None:
        workers = (ProgressInbox(_consumer(engine, reader, metrics), live.hint), *workers)
    return GatewayService(app, services, workers, engine)


def build_inbox(settings: GatewaySettings, reader: Reader, metrics: Metrics) -> GatewayInbox:
    """For a process of its own; several share the partitions."""
    engine = open_database(settings, INBOX)
    inbox = ProgressInbox(_consumer(engine, reader, metrics), lambda: None)

    def close() -> None:
        inbox.consumer.release()
        engine.dispose()

    return GatewayInbox(inbox, engine, close)


def consumer_at_rest(engine: Engine, reader: Reader) -> Stopped:
    """For an operator who plays parked records again, while no process consumes."""
    return stopped(_consumer(engine, reader, Metrics()), engine)


def open_database(settings: GatewaySettings, application: str = "gateway-web") -> Engine:
    """SQLite is brought up to date here; on PostgreSQL `migrate_database` did that before. `application` is the name
    that the database's administrator sees."""
    engine = database_engine(
        settings.database_url,
        settings.database_password,
        settings.database,
        application=application,
        secure_delete=True,
    )
    return prepared(engine, MIGRATIONS)


def migrate_database(settings: GatewaySettings) -> str:
    """The schema's revision, once all is done that was missing."""
    engine = database_engine(
        settings.database_url, settings.database_password, settings.database, application="gateway-migrate"
    )
    try:
        return migrate(engine, MIGRATIONS)
    finally:
        engine.dispose()


def _consumer(engine: Engine, reader: Reader, metrics: Metrics) -> Consumer:
    share = None
    if is_postgres(engine):
        share = SharedPartitions(engine, KeepProgress.name, PROGRESS.name, PROGRESS.partitions)
    return Consumer(reader, PROGRESS, KeepProgress(engine), metrics=metrics, partitions=share, by_sequence=False)


def _accounts(settings: GatewaySettings, engine: Engine, clock: Clock, notifier: NotifierDoor) -> Accounts:
    key = own_secret if settings.database_url is None else read_secret
    return build_accounts(
        engine,
        clock,
        notifier,
        key=key(settings.secrets / "gateway-key"),
        pepper=read_secret(settings.pepper_file),
        links_per_window=settings.links_per_quarter_hour,
        operator_token=settings.operator_token,
    )
