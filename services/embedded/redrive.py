"""Plays parked records again, once the cause is gone: of notifier's two consumers and of gateway's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
from sqlalchemy import Engine

from services.contracts.topics import CAMPAIGN_EVENTS, PROGRESS
from services.gateway.inbox.progress import KeepProgress
from services.kit.clock import SystemClock
from services.kit.folder_lock import FolderInUse, FolderLock
from services.kit.metrics import Metrics
from services.kit.sql.engine import sqlite_engine
from services.kit.stream.consumer import Consumer
from services.kit.stream.dead_letters import DeadLetters, Parked
from services.kit.stream.in_process import InProcessStream
from services.notifier.inbox.consumer import PlansMail
from services.notifier.progress.consumer import ComputesProgress

Stopped = tuple[Consumer, list[Parked]]


@click.command()
@click.argument("campaign", required=False)
@click.option("--data", default="var", show_default=True, type=click.Path(path_type=Path, exists=True), help="Folder.")
def redrive(campaign: str | None, data: Path) -> None:
    """List the campaigns whose records are parked; with CAMPAIGN, play its records again, in order.

    Stop Chorus first. A record that still cannot be handled stays parked with all that follow it.

    \b
      chorus redrive
      chorus redrive 7d0c2a52-8c43-4f0e-9a11-3c1d5b7e9f01
    """
    with _stopped(data), _consumers(data) as found:
        for consumer, parked in found:
            for one in parked:
                if campaign is None:
                    click.echo(f"{consumer.name}: campaign {one.key}, {one.records} records, {one.reason}")
                elif one.key.partition("/")[0] == campaign:
                    click.echo(f"{consumer.name}: {consumer.redrive(one.key)} of {one.records} records played")
        waiting = [one.key.partition("/")[0] for _, parked in found for one in parked]
        if not waiting:
            click.echo("nothing is parked")
        elif campaign is not None and campaign not in waiting:
            click.echo(f"nothing is parked of campaign {campaign}")


@contextmanager
def _stopped(data: Path) -> Iterator[None]:
    if not (data / "stream.db").is_file():
        raise click.ClickException(f"Chorus never ran in {data}: there is no stream.db")
    lock = FolderLock(data / "campaign")
    try:
        lock.acquire(0)
    except FolderInUse as held:
        raise click.ClickException(f"stop Chorus first: {held}") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _consumers(data: Path) -> Iterator[list[Stopped]]:
    with ExitStack() as undo:
        stream = InProcessStream(data / "stream.db")
        undo.callback(stream.close)
        notifier = sqlite_engine(data / "notifier" / "notifier.db", secure_delete=True)
        gateway = sqlite_engine(data / "gateway" / "gateway.db", secure_delete=True)
        undo.callback(notifier.dispose)
        undo.callback(gateway.dispose)
        metrics = Metrics()
        mails, numbers, kept = PlansMail(notifier, SystemClock()), ComputesProgress(notifier), KeepProgress(gateway)
        followed = [(mails, CAMPAIGN_EVENTS, notifier), (numbers, CAMPAIGN_EVENTS, notifier), (kept, PROGRESS, gateway)]
        yield [
            (
                Consumer(stream, topic, handler, metrics=metrics, dead=stream, by_sequence=topic is CAMPAIGN_EVENTS),
                _parked(engine, DeadLetters(handler.name, topic)),
            )
            for handler, topic, engine in followed
        ]


def _parked(engine: Engine, letters: DeadLetters) -> list[Parked]:
    with engine.connect() as tx:
        return letters.parked(tx)
