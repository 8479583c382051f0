"""Notifier put together: from settings and the ports it is given to its workers, its timed work and its doors."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from services.contracts.topics import CAMPAIGN_EVENTS
from services.kit.clock import Clock
from services.kit.folder_lock import FolderLock
from services.kit.loops import Worker
from services.kit.metrics import Metrics
from services.kit.sql.engine import database_engine
from services.kit.sql.leases import PostgresLease, SharedPartitions
from services.kit.sql.migrate import migrate, prepared
from services.kit.sql.postgres import is_postgres
from services.kit.standby import Standby
from services.kit.stream.consumer import Consumer
from services.kit.stream.lease import Share
from services.kit.stream.port import Stream
from services.kit.stream.redriving import Stopped, stopped
from services.kit.texts import Texts
from services.kit.timeline import Timed
from services.notifier.adapters.campaign_door import CaseworkGuide, PortDoor
from services.notifier.adapters.handed_sql import SqlHandedOver
from services.notifier.adapters.mailbox import FolderSender
from services.notifier.adapters.measured import CountedOutbox, TimedSender, watch_outbox
from services.notifier.adapters.outbox_sql import outbox_of
from services.notifier.adapters.people_sql import SqlPeople
from services.notifier.adapters.secrets import Keys, load, load_or_create
from services.notifier.adapters.smtp import Server, SmtpSender
from services.notifier.adapters.suppressions_sql import SqlSuppressions
from services.notifier.application.addressing import Addressing
from services.notifier.application.deliver import Deliver, Parts
from services.notifier.application.doors import HandOver, StopLinks
from services.notifier.application.ports import Outbox, Questions, Sender
from services.notifier.application.review import Review
from services.notifier.inbox.consumer import PlansMail
from services.notifier.metrics import NOTIFIER
from services.notifier.progress.consumer import ComputesProgress
from services.notifier.progress.publish import PublishesAnnouncements, PublishesProgress
from services.notifier.rendering.render import From, Renderer
from services.notifier.settings import NotifierSettings

HERE = Path(__file__).parent
MIGRATIONS = HERE / "migrations"
WORKER = "notifier-worker"
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

    def lag(self) -> int:
        """What waits in the stream for this process, as far as it knows."""
        return sum(consumer.lag() for consumer in self.consumers)

    def crowded(self) -> bool:
        """Whether more comes in than is taken at once: mails can wait a little, the numbers that all see cannot."""
        return any(consumer.crowded() for consumer in self.consumers)

    def shares(self) -> dict[str, tuple[int, int]]:
        """How many partitions each consumer takes here, of how many."""
        return {consumer.name: consumer.share() for consumer in self.consumers}


@dataclass(frozen=True)
class NotifierDoors:
    """What a process needs that takes mails over and sends none."""

    port: HandOver
    engine: Engine
    close: Callable[[], None]


def build(
    settings: NotifierSettings, clock: Clock, campaign: Questions, stream: Stream, metrics: Metrics | None = None
) -> NotifierService:
    """Brings a schema of its own up to date, takes back what a former process left half done; starts nothing.

    Raises FolderInUse while another process works on the data folder. On PostgreSQL several processes share the work,
    and the schema must be there.
    """
    with ExitStack() as undo:
        if settings.database_url is None:
            undo.callback(locked(settings, LOCK_SECONDS).release)
        service = _build(settings, clock, campaign, stream, metrics or Metrics(), undo)
        return replace(service, close=undo.pop_all().close)


def build_doors(settings: NotifierSettings, clock: Clock, metrics: Metrics) -> NotifierDoors:
    """For a process of its own, beside those that send."""
    keys = load(settings.secret)
    engine = open_database(settings, "notifier-web")
    metrics.include(NOTIFIER)
    watch_outbox(engine, clock, metrics)
    return NotifierDoors(_port(engine, keys, clock), engine, engine.dispose)


def locked(settings: NotifierSettings, wait_seconds: float) -> FolderLock:
    """The data folder for one process alone."""
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = FolderLock(settings.data)
    lock.acquire(wait_seconds)
    return lock


def open_database(settings: NotifierSettings, application: str = WORKER) -> Engine:
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


def migrate_database(settings: NotifierSettings) -> str:
    """The schema's revision, once all is done that was missing."""
    engine = database_engine(
        settings.database_url, settings.database_password, settings.database, application="notifier-migrate"
    )
    try:
        return migrate(engine, MIGRATIONS)
    finally:
        engine.dispose()


def _build(
    settings: NotifierSettings, clock: Clock, campaign: Questions, stream: Stream, metrics: Metrics,
    closing: ExitStack,
) -> NotifierService:  # fmt: skip
    keys = load_or_create(settings.secret) if settings.database_url is None else load(settings.secret)
    engine = open_database(settings)
    closing.callback(engine.dispose)
    metrics.include(NOTIFIER)
    sender = TimedSender(_sender(settings), metrics)
    closing.callback(sender.close)
    door = PortDoor(campaign)
    outbox = CountedOutbox(outbox_of(engine, settings.instance, closing), metrics)
    outbox.take_back(clock.now())
    deliver = _deliver(settings, engine, keys, door, sender, clock, outbox)
    watch_outbox(engine, clock, metrics)
    consumers = _consumers(engine, clock, stream, metrics)
    for consumer in consumers:
        closing.callback(consumer.release)
    publishers = (PublishesProgress(engine, door, stream), PublishesAnnouncements(engine, stream))
    return NotifierService(
        workers=(*consumers, *(_one_at_a_time(publisher, engine, closing) for publisher in publishers)),
        timed=(deliver,),
        port=_port(engine, keys, clock),
        consumers=consumers,
        engine=engine,
        mailbox=None if settings.smtp_host else settings.mailbox,
        close=closing.close,
    )


def _consumers(engine: Engine, clock: Clock, stream: Stream, metrics: Metrics) -> list[Consumer]:
    return [
        Consumer(
            stream, CAMPAIGN_EVENTS, handler, metrics=metrics, dead=stream, partitions=_share(engine, handler.name)
        )
        for handler in (PlansMail(engine, clock), ComputesProgress(engine))
    ]


def consumers_at_rest(engine: Engine, clock: Clock, stream: Stream) -> list[Stopped]:
    """For an operator who plays parked records again, while no process consumes."""
    return [stopped(consumer, engine) for consumer in _consumers(engine, clock, stream, Metrics())]


def _share(engine: Engine, consumer: str) -> Share | None:
    if not is_postgres(engine):
        return None
    return SharedPartitions(engine, consumer, CAMPAIGN_EVENTS.name, CAMPAIGN_EVENTS.partitions)


def _one_at_a_time(publisher: Worker, engine: Engine, closing: ExitStack) -> Worker:
    """What is published in order is published by one process, while others stand by."""
    if not is_postgres(engine):
        return publisher
    lease = PostgresLease(engine, publisher.name)
    closing.callback(lease.release)
    return Standby(publisher, lease)


def _port(engine: Engine, keys: Keys, clock: Clock) -> HandOver:
    return HandOver(SqlHandedOver(engine, keys.sealing), SqlPeople(engine), StopLinks(keys.links), clock)


def _deliver(
    settings: NotifierSettings, engine: Engine, keys: Keys, door: PortDoor, sender: Sender, clock: Clock,
    outbox: Outbox,
) -> Deliver:  # fmt: skip
    guide, links = CaseworkGuide(door), StopLinks(keys.links)
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
