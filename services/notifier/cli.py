"""`chorus notifier`: its processes and schema, and what an operator does about mails and progress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy import Engine, func, select

from services.contracts.topics import CAMPAIGN_EVENTS
from services.kit.clock import SystemClock
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.folder_lock import FolderInUse
from services.kit.server_settings import kafka_from_environment
from services.kit.serving import serve
from services.kit.settings import BadSetting
from services.kit.sql.activity import others_at_work
from services.kit.stream.dead_letters import DeadLetters
from services.kit.stream.redriving import play_again
from services.notifier.adapters.tables import OUTBOX
from services.notifier.inbox.consumer import PlansMail
from services.notifier.progress.consumer import ComputesProgress
from services.notifier.progress.rebuild import forget_progress
from services.notifier.settings import NotifierSettings, from_environment
from services.notifier.wiring import WORKER, consumers_at_rest, locked, migrate_database, open_database

DATA = click.option(
    "--data", default=Path("var/notifier"), show_default=True, type=click.Path(path_type=Path),
    help="Notifier's data folder, where no PostgreSQL is set.",
)  # fmt: skip


@click.group()
def notifier() -> None:
    """Processes, schema, mails and progress of notifier, by its settings (docs/settings.md)."""


@notifier.command("migrate")
def migrate_() -> None:
    """Bring notifier's database up to date; run again it changes nothing."""
    with _told():
        click.echo(f"notifier at {migrate_database(from_environment())}")


@notifier.command()
def web() -> NoReturn:
    """Take mails over from the other services; start as many as needed."""
    serve("notifier-web", "web", "services.notifier.processes:web")


@notifier.command()
def worker() -> NoReturn:
    """Plan and send mails, compute and publish progress; several share the work."""
    serve("notifier-worker", "follower", "services.notifier.processes:worker")


@notifier.command()
def mailbox() -> NoReturn:
    """Local runs only: a mail server that keeps every mail in a folder and shows it to anybody."""
    serve("mailbox", "follower", "services.notifier.local_mail:process")


@notifier.command()
@DATA
def status(data: Path) -> None:
    """Say how many mails wait, were sent, failed or were dropped and why, and which campaigns are parked."""
    with _told(), _database(data) as (engine, _), engine.connect() as tx:
        counted = select(OUTBOX.c.kind, OUTBOX.c.state, OUTBOX.c.reason, func.count().label("mails"))
        grouped = counted.group_by(OUTBOX.c.kind, OUTBOX.c.state, OUTBOX.c.reason).order_by(OUTBOX.c.kind)
        for row in tx.execute(grouped):
            click.echo(f"{row.kind:22} {row.state:8} {row.reason or '':24} {row.mails:>8}")
        for consumer in (PlansMail.name, ComputesProgress.name):
            for parked in DeadLetters(consumer, CAMPAIGN_EVENTS).parked(tx):
                click.echo(f"parked for {consumer}: campaign {parked.key}, {parked.records} records, {parked.reason}")


@notifier.command("rebuild-progress")
@DATA
def rebuild_progress(data: Path) -> None:
    """Forget all progress; at the next start it is computed anew from the first event. No mail is sent again.

    Stop Chorus (its notifier workers) first.
    """
    with _told(), _database(data) as (engine, settings), _alone(engine, settings):
        forget_progress(engine)
    click.echo("Progress will be computed anew at the next start.")


@notifier.command()
@click.argument("campaign", required=False)
def redrive(campaign: str | None) -> None:
    """List the campaigns whose records are parked; with CAMPAIGN, play its records again, in order.

    For processes of their own; stop notifier's workers first. In one process: chorus redrive.
    """
    from services.kit.stream.kafka import KafkaStream

    with _told():
        stream = KafkaStream(kafka_from_environment(), "notifier-redrive")
        try:
            with _database(Path()) as (engine, settings), _alone(engine, settings):
                play_again(consumers_at_rest(engine, SystemClock(), stream), campaign, click.echo)
        finally:
            stream.close()


@contextmanager
def _told() -> Iterator[None]:
    """What stands in the way, in one line."""
    try:
        yield
    except (BadSetting, PermanentFailure, TemporaryFailure) as failure:
        raise click.ClickException(str(failure)) from None


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
