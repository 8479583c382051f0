"""Notifier put together: from settings and the ports it is given to its workers, its timed work and its doors."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from services.contracts.topics import CAMPAIGN_EVENTS
from services.kit.clock import Clock
from services.kit.folder_lock import FolderLock
from services.kit.loops import Worker
from services.kit.metrics import Metrics
from services.kit.sql.engine import sqlite_engine
from services.kit.sql.migrate import migrate
from services.kit.stream.consumer import Consumer
from services.kit.stream.port import Stream
from services.kit.texts import Texts
from services.kit.timeline import Timed
from services.notifier.adapters.campaign_door import CaseworkGuide, PortDoor
from services.notifier.adapters.handed_sql import SqlHandedOver
from services.notifier.adapters.mailbox import FolderSender
from services.notifier.adapters.measured import CountedOutbox, TimedSender, watch_outbox
from services.notifier.adapters.outbox_sql import SqlOutbox
from services.notifier.adapters.people_sql import SqlPeople
from services.notifier.adapters.secrets import Keys, load_or_create
from services.notifier.adapters.smtp import Server, SmtpSender
from services.notifier.adapters.suppressions_sql import SqlSuppressions
from services.notifier.application.addressing import Addressing
from services.notifier.application.deliver import Deliver, Parts
from services.notifier.application.doors import HandOver, StopLinks
from services.notifier.application.ports import CampaignDoor, Guide, Questions, Sender
from services.notifier.application.review import Review
from services.notifier.inbox.consumer import PlansMail
from services.notifier.metrics import NOTIFIER
from services.notifier.progress.consumer import ComputesProgress
from services.notifier.progress.publish import PublishesAnnouncements, PublishesProgress
from services.notifier.rendering.render import From, Renderer
from services.notifier.settings import NotifierSettings

HERE = Path(__file__).parent
LOCK_SECONDS = 20.0
"""After a kill the old process may live on for a moment; what it still sends must be recorded before its rows are taken
back."""


@dataclass(frozen=True)
class NotifierService:
    """`workers` follow the stream, `timed` waits for instants, `port` is what campaign and gateway may ask."""

    workers: Sequence[Worker]
    timed: Sequence[Timed]
    port: HandOver
    consumers: Sequence[Consumer]
    engine: Engine
    mailbox: Path | None
    close: Callable[[], None]


def build(
    settings: NotifierSettings, clock: Clock, campaign: Questions, stream: Stream, metrics: Metrics | None = None
) -> NotifierService:
    """Brings the schema up to date, takes back what a former process left half done; starts nothing.

    Raises FolderInUse while another process works on the data folder.
    """
    with ExitStack() as undo:
        lock = locked(settings, LOCK_SECONDS)
        undo.callback(lock.release)
        service = _build(settings, clock, campaign, stream, metrics or Metrics(), lock)
        undo.pop_all()
    return service


def locked(settings: NotifierSettings, wait_seconds: float) -> FolderLock:
    """The data folder for one process alone."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FolderLock(settings.data)
    lock.acquire(wait_seconds)
    return lock


def _build(
    settings: NotifierSettings, clock: Clock, campaign: Questions, stream: Stream, metrics: Metrics, lock: FolderLock
) -> NotifierService:
    keys = load_or_create(settings.secret)
    engine = open_database(settings)
    door = PortDoor(campaign)
    links = StopLinks(keys.links)
    metrics.include(NOTIFIER)
    sender = TimedSender(_sender(settings), metrics)
    people = SqlPeople(engine)
    deliver = _deliver(settings, engine, keys, door, CaseworkGuide(door), links, sender, clock, metrics)
    watch_outbox(engine, clock, metrics)
    consumers = [
        Consumer(stream, CAMPAIGN_EVENTS, handler, metrics=metrics, dead=stream)
        for handler in (PlansMail(engine, clock), ComputesProgress(engine))
    ]

    def close() -> None:
        sender.close()
        engine.dispose()
        lock.release()

    return NotifierService(
        workers=(*consumers, PublishesProgress(engine, door, stream), PublishesAnnouncements(engine, stream)),
        timed=(deliver,),
        port=HandOver(SqlHandedOver(engine, keys.sealing), people, links, clock),
        consumers=consumers,
        engine=engine,
        mailbox=None if settings.smtp_host else settings.mailbox,
        close=close,
    )


def open_database(settings: NotifierSettings) -> Engine:
    engine = sqlite_engine(settings.database, secure_delete=True)
    migrate(engine, HERE / "migrations")
    return engine


def _deliver(
    settings: NotifierSettings, engine: Engine, keys: Keys, door: CampaignDoor, guide: Guide, links: StopLinks,
    sender: Sender, clock: Clock, metrics: Metrics,
) -> Deliver:  # fmt: skip
    outbox = CountedOutbox(SqlOutbox(engine, settings.instance), metrics)
    outbox.take_back(clock.now())
    people = SqlPeople(engine)
    texts = Texts(HERE / "locales")
    renderer = Renderer(texts, guide, links, settings.base_url, From(settings.mail_from, settings.mail_name))
    return Deliver(
        Parts(
            outbox=outbox,
            review=Review(people),
            addressing=Addressing(people, door, SqlHandedOver(engine, keys.sealing)),
            suppressions=SqlSuppressions(engine, keys.addresses),
            render=renderer.render,
            sender=sender,
            clock=clock,
            chance=random.random,
        )
    )


def _sender(settings: NotifierSettings) -> Sender:
    if settings.smtp_host is None:
        return FolderSender(settings.mailbox)
    server = Server(
        settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_user, settings.smtp_password,
        settings.smtp_seconds,
    )  # fmt: skip
    return SmtpSender(server, settings.mail_from)
