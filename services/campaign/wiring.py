"""The one place where the campaign service is put together."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from threading import BoundedSemaphore
from typing import Final

from sqlalchemy import Engine

from services.campaign import migrations
from services.campaign.adapters.aggregates import StoredAggregates
from services.campaign.adapters.data_folder import OpenFolder, open_folder
from services.campaign.adapters.file_sniffing import FileSniffer
from services.campaign.adapters.tokens_sql import SqlTokens, tokens_engine
from services.campaign.application import mails
from services.campaign.application.case import Desk
from services.campaign.application.dispatch import CommandService
from services.campaign.application.hashes import Hashes
from services.campaign.housekeeping import Housekeeping
from services.campaign.playbooks.load import load_playbooks
from services.campaign.publishing.handover import HandoverWorker
from services.campaign.publishing.relay_source import RelaySource, to_record
from services.campaign.queries import asking
from services.campaign.queries.service import QueryService
from services.campaign.readmodels.projector import Projector
from services.campaign.readmodels.views import ReadViews
from services.campaign.service import CampaignService
from services.campaign.settings import CampaignSettings
from services.campaign.timers import TimerWorker
from services.contracts.notifier_port import NotifierPort
from services.kit.clock import Clock
from services.kit.failures import TemporaryFailure
from services.kit.health import Health
from services.kit.ids import new_id
from services.kit.metrics import Metrics
from services.kit.settings import BadSetting
from services.kit.sql.engine import sqlite_engine
from services.kit.sql.migrate import migrate

MIGRATIONS: Final = Path(migrations.__file__).parent
REPLAYS_AT_ONCE: Final = 2
FAR_BEHIND: Final = 50_000
"""Events: with more than these to catch up, the views are being built and the service is not ready yet."""


def build(settings: CampaignSettings, clock: Clock, notifier: NotifierPort, metrics: Metrics) -> CampaignService:
    """Opens the data folder for writing; raises FolderInUse when another process does. The caller closes it."""
    epoch = f"{clock.now():%Y-%m}"
    if settings.data is None:
        raise BadSetting("CHORUS_CAMPAIGN_DATA is missing")
    with ExitStack() as undo:
        folder = open_folder(
            settings.data, epoch=epoch, wait_seconds=settings.wait_seconds, max_queue=settings.max_queue
        )
        undo.callback(folder.close)
        views_engine = _views_engine(settings.data)
        undo.callback(views_engine.dispose)
        tokens_db = tokens_engine(settings.data / "tokens.db")
        undo.callback(tokens_db.dispose)
        migrate(tokens_db, MIGRATIONS / "tokens")
        service = _assemble(settings, clock, notifier, metrics, folder, views_engine, tokens_db)
        undo.pop_all()
    return service


def _assemble(
    settings: CampaignSettings, clock: Clock, notifier: NotifierPort, metrics: Metrics, folder: OpenFolder,
    views_engine: Engine, tokens_db: Engine,
) -> CampaignService:  # fmt: skip
    store, tokens = folder.application.store, SqlTokens(tokens_db)
    projector = Projector(views_engine, store)
    desk = Desk(
        store=store,
        aggregates=StoredAggregates(folder.application),
        views=ReadViews(views_engine, projector, store),
        tokens=tokens,
        playbooks=load_playbooks(settings.playbooks),
        evidence=folder.evidence,
        keys=folder.keys,
        inspector=FileSniffer(),
        hashes=Hashes(folder.secrets.pepper),
        clock=clock,
        new_id=new_id,
    )
    read_desk = asking.Desk(store, desk.playbooks, tokens, clock, desk.hashes, BoundedSemaphore(REPLAYS_AT_ONCE))
    return CampaignService(
        commands=CommandService(desk),
        queries=QueryService(read_desk, views_engine, projector),
        workers=(projector, HandoverWorker(store, notifier, lambda note: mails.to_hand_over(desk, note))),
        timed=(TimerWorker(views_engine, projector, desk),),
        tidy=Housekeeping(desk, tokens),
        relay_source=RelaySource(store),
        to_record=to_record,
        health=Health(ready={"store": lambda: _reads(folder), "views": lambda: _close_behind(projector, folder)}),
        metrics=metrics,
        folder=folder,
        on_close=(views_engine.dispose, tokens_db.dispose),
    )


def _views_engine(data: Path) -> Engine:
    """The views can be rebuilt from the log, so a power loss may cost their last moments, never their order."""
    engine = sqlite_engine(data / "views.db", synchronous="NORMAL", cache_mb=64)
    migrate(engine, MIGRATIONS / "views")
    return engine


def _reads(folder: OpenFolder) -> None:
    folder.application.store.head()


def _close_behind(projector: Projector, folder: OpenFolder) -> None:
    if folder.application.store.head() - projector.position > FAR_BEHIND:
        raise TemporaryFailure("views-behind")
