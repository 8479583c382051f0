"""Plays parked records again, once the cause is gone: of notifier's two consumers and of gateway's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from services.gateway.settings import GatewaySettings
from services.gateway.wiring import consumer_at_rest
from services.gateway.wiring import open_database as open_gateway
from services.kit.clock import SystemClock
from services.kit.folder_lock import FolderInUse, FolderLock
from services.kit.stream.in_process import InProcessStream
from services.kit.stream.redriving import Stopped, play_again
from services.notifier.settings import NotifierSettings
from services.notifier.wiring import consumers_at_rest
from services.notifier.wiring import open_database as open_notifier


@click.command()
@click.argument("campaign", required=False)
@click.option("--data", default="var", show_default=True, type=click.Path(path_type=Path, exists=True), help="Folder.")
def redrive(campaign: str | None, data: Path) -> None:
    """List the campaigns whose records are parked; with CAMPAIGN, play its records again, in order.

    Stop Chorus first. A record that still cannot be handled stays parked with all that follow it.
    Where the services are processes of their own: chorus notifier redrive, chorus gateway redrive.

    \b
      chorus redrive
      chorus redrive 7d0c2a52-8c43-4f0e-9a11-3c1d5b7e9f01
    """
    with _stopped(data), _consumers(data) as found:
        play_again(found, campaign, click.echo)


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
        notifier = open_notifier(NotifierSettings(data=data / "notifier"))
        undo.callback(notifier.dispose)
        gateway = open_gateway(GatewaySettings(data=data / "gateway"))
        undo.callback(gateway.dispose)
        yield [*consumers_at_rest(notifier, SystemClock(), stream), consumer_at_rest(gateway, stream)]
