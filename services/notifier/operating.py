"""What an operator does about notifier from a command line: its schema, mails, progress, parked records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click
from sqlalchemy import Engine, func, select

from services.contracts.topics import CAMPAIGN_EVENTS
from services.kit.clock import SystemClock
from services.kit.folder_lock import FolderInUse
from services.kit.server_settings import kafka_from_environment
from services.kit.sql.activity import others_at_work
from services.kit.stream.dead_letters import DeadLetters
from services.kit.stream.redriving import play_again
from services.notifier.adapters.tables import OUTBOX
from services.notifier.inbox.consumer import PlansMail
from services.notifier.progress.consumer import ComputesProgress
from services.notifier.progress.rebuild import forget_progress
from services.notifier.settings import NotifierSettings, from_environment
from services.notifier.wiring import WORKER, consumers_at_rest, locked, migrate_database, open_database

Tell = Callable[[str], None]


def bring_up_to_date(tell: Tell) -> None:
    tell(f"notifier at {migrate_database(from_environment())}")


def show_status(data: Path, tell: Tell) -> None:
    with _database(data) as (engine, _), engine.connect() as tx:
        counted = select(OUTBOX.c.kind, OUTBOX.c.state, OUTBOX.c.reason, func.count().label("mails"))
        grouped = counted.group_by(OUTBOX.c.kind, OUTBOX.c.state, OUTBOX.c.reason).order_by(OUTBOX.c.kind)
        for row in tx.execute(grouped):
            tell(f"{row.kind:22} {row.state:8} {row.reason or '':24} {row.mails:>8}")
        for consumer in (PlansMail.name, ComputesProgress.name):
            for parked in DeadLetters(consumer, CAMPAIGN_EVENTS).parked(tx):
                tell(f"parked for {consumer}: campaign {parked.key}, {parked.records} records, {parked.reason}")


def forget(data: Path) -> None:
    with _database(data) as (engine, settings), _alone(engine, settings):
        forget_progress(engine)


def play_parked(campaign: str | None, tell: Tell) -> None:
    """For processes of their own."""
    from services.kit.stream.kafka import KafkaStream

    stream = KafkaStream(kafka_from_environment(), "notifier-redrive")
    try:
        with _database(Path()) as (engine, settings), _alone(engine, settings):
            play_again(consumers_at_rest(engine, SystemClock(), stream), campaign, tell)
    finally:
        stream.close()


@contextmanager
def _database(data: Path) -> Iterator[tuple[Engine, NotifierSettings]]:
    settings = from_environment()
    if settings.database_url is None:
        settings = replace(settings, data=data)
        if not settings.database.is_file():
            raise click.ClickException(f"no notifier ever ran in {data}: there is no {settings.database.name}")
    engine = open_database(settings, "notifier-operator")
    try:
        yield engine, settings
    finally:
        engine.dispose()


@contextmanager
def _alone(engine: Engine, settings: NotifierSettings) -> Iterator[None]:
    if settings.database_url is not None:
        if others_at_work(engine, WORKER):
            raise click.ClickException("stop notifier's workers first: they are connected to its database")
        yield
        return
    try:
        lock = locked(settings, 0)
    except FolderInUse as held:
        raise click.ClickException(f"stop Chorus first: {held}") from None
    try:
        yield
    finally:
        lock.release()
