"""What an operator does about notifier while it stands still: look at what is parked, compute progress anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from sqlalchemy import Engine, func, select

from services.contracts.topics import CAMPAIGN_EVENTS
from services.kit.folder_lock import FolderInUse
from services.kit.stream.dead_letters import DeadLetters
from services.notifier.adapters.tables import OUTBOX
from services.notifier.inbox.consumer import PlansMail
from services.notifier.progress.consumer import ComputesProgress
from services.notifier.progress.rebuild import forget_progress
from services.notifier.settings import NotifierSettings
from services.notifier.wiring import locked, open_database

DATA = click.option(
    "--data", default=Path("var/notifier"), show_default=True, type=click.Path(path_type=Path, exists=True),
    help="Notifier's data folder.",
)  # fmt: skip


@click.group()
def notifier() -> None:
    """Look after notifier's database."""


@notifier.command()
@DATA
def status(data: Path) -> None:
    """Say how many mails wait, were sent, failed or were dropped and why, and which campaigns are parked."""
    with _database(data) as engine, engine.connect() as tx:
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

    Stop Chorus first.
    """
    with _database(data) as engine:
        try:
            lock = locked(NotifierSettings(data=data), 0)
        except FolderInUse as held:
            raise click.ClickException(f"stop Chorus first: {held}") from None
        forget_progress(engine)
        lock.release()
    click.echo("Progress will be computed anew at the next start.")


@contextmanager
def _database(data: Path) -> Iterator[Engine]:
    settings = NotifierSettings(data=data)
    if not settings.database.is_file():
        raise click.ClickException(f"no notifier ever ran in {data}: there is no {settings.database.name}")
    engine = open_database(settings)
    try:
        yield engine
    finally:
        engine.dispose()
