"""Gateway put together: the one place where its parts meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flask import Blueprint, Flask
from sqlalchemy import Engine

from services.contracts.campaign_port import CampaignPort
from services.contracts.notifier_port import NotifierDoor
from services.gateway.accounts.accounts import Accounts, build_accounts
from services.gateway.accounts.housekeeping import Sweep
from services.gateway.accounts.sealing import own_secret, read_secret
from services.gateway.app import create_app
from services.gateway.app_services import GatewayServices
from services.gateway.clients.correlated import CorrelatedCampaign
from services.gateway.feeds.live import Live, LiveLimits
from services.gateway.feeds.model import Teller
from services.gateway.inbox.progress import ProgressInbox
from services.gateway.readmodels.casebook import Casebook
from services.gateway.readmodels.progress_copy import ProgressCopy
from services.gateway.settings import GatewaySettings
from services.kit.clock import Clock
from services.kit.health import Check, Health
from services.kit.loops import Worker
from services.kit.metrics import Metrics
from services.kit.sql.engine import sqlite_engine
from services.kit.sql.migrate import migrate
from services.kit.stream.port import Reader
from services.kit.texts import Texts

HOME = Path(__file__).parent


@dataclass(frozen=True)
class GatewayService:
    """`workers` follow the stream and sweep; whoever runs the process drives them."""

    app: Flask
    services: GatewayServices
    inbox: ProgressInbox
    workers: tuple[Worker, ...]
    engine: Engine

    def close(self) -> None:
        self.services.live.close()
        self.engine.dispose()


def build(
    settings: GatewaySettings,
    clock: Clock,
    campaign: CampaignPort,
    notifier: NotifierDoor,
    reader: Reader,
    *,
    metrics: Metrics | None = None,
    checks: Mapping[str, Check] | None = None,
    blueprints: tuple[Blueprint, ...] = (),
    pages: bool = True,
) -> GatewayService:
    """The pepper must be there already: campaign makes it. `checks` are of the process that this runs in."""
    engine = sqlite_engine(settings.database, secure_delete=True)
    migrate(engine, HOME / "migrations")
    metrics = metrics or Metrics()
    progress, casebook, texts = ProgressCopy(engine), Casebook(campaign), Texts(HOME / "locales")
    live = Live(progress, LiveLimits(settings.most_streams, settings.stream_seconds))
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
    inbox = ProgressInbox(reader, engine, metrics, live.hint)
    return GatewayService(create_app(services, pages=pages), services, inbox, (inbox, Sweep(accounts, clock)), engine)


def _accounts(settings: GatewaySettings, engine: Engine, clock: Clock, notifier: NotifierDoor) -> Accounts:
    return build_accounts(
        engine,
        clock,
        notifier,
        key=own_secret(settings.secrets / "gateway-key"),
        pepper=read_secret(settings.pepper_file),
        links_per_window=settings.links_per_quarter_hour,
        operator_token=settings.operator_token,
    )
