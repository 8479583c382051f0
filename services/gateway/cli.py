"""`chorus gateway`: its processes and schema, and what an operator does about records that are parked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from services.gateway.settings import from_environment
from services.gateway.wiring import INBOX, consumer_at_rest, migrate_database, open_database
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.server_settings import kafka_from_environment, needed
from services.kit.serving import serve
from services.kit.settings import BadSetting
from services.kit.sql.activity import others_at_work
from services.kit.stream.redriving import play_again


@click.group()
def gateway() -> None:
    """Processes and schema of gateway, by its settings (docs/settings.md)."""


@gateway.command("migrate")
def migrate_() -> None:
    """Bring gateway's database up to date; run again it changes nothing."""
    with _told():
        click.echo(f"gateway at {migrate_database(from_environment())}")


@gateway.command()
def web() -> NoReturn:
    """Answer people: pages, API, feeds; start as many as needed."""
    serve("gateway-web", "web", "services.gateway.processes:web")


@gateway.command()
def inbox() -> NoReturn:
    """Keep gateway's copy of public progress; several share the work."""
    serve("gateway-inbox", "follower", "services.gateway.processes:inbox")


@gateway.command()
@click.argument("campaign", required=False)
def redrive(campaign: str | None) -> None:
    """List the campaigns whose records are parked; with CAMPAIGN, play its records again, in order.

    For processes of their own; stop gateway's inboxes first. In one process: chorus redrive.
    """
    from services.kit.stream.kafka import KafkaStream

    with _told():
        settings = from_environment()
        needed(settings.database_url, "CHORUS_GATEWAY_DATABASE")
        stream = KafkaStream(kafka_from_environment(), "gateway-redrive")
        try:
            engine = open_database(settings, "gateway-operator")
            if others_at_work(engine, INBOX):
                raise click.ClickException("stop gateway's inboxes first: they are connected to its database")
            play_again([consumer_at_rest(engine, stream)], campaign, click.echo)
            engine.dispose()
        finally:
            stream.close()


@contextmanager
def _told() -> Iterator[None]:
    """What stands in the way, in one line."""
    try:
        yield
    except (BadSetting, PermanentFailure, TemporaryFailure) as failure:
        raise click.ClickException(str(failure)) from None
