"""What an operator does about gateway from a command line: parked records played again."""

from __future__ import annotations

from collections.abc import Callable

import click

from services.gateway.settings import from_environment
from services.gateway.wiring import INBOX, consumer_at_rest, open_database
from services.kit.server_settings import kafka_from_environment, needed
from services.kit.sql.activity import others_at_work
from services.kit.stream.redriving import play_again


def play_parked(campaign: str | None, tell: Callable[[str], None]) -> None:
    """For processes of their own."""
    from services.kit.stream.kafka import KafkaStream

    settings = from_environment()
    needed(settings.database_url, "CHORUS_GATEWAY_DATABASE")
    stream, engine = (
        KafkaStream(kafka_from_environment(), "gateway-redrive"),
        open_database(settings, "gateway-operator"),
    )
    try:
        if others_at_work(engine, INBOX):
            raise click.ClickException("stop gateway's inboxes first: they are connected to its database")
        play_again([consumer_at_rest(engine, stream)], campaign, tell)
    finally:
        engine.dispose()
        stream.close()
