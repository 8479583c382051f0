"""`chorus campaign`: its schema, and its processes on PostgreSQL, each configured by environment variables."""

from __future__ import annotations

from typing import NoReturn

import click

from services.campaign.erase_again_cli import erase_again
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.serving import serve
from services.kit.settings import BadSetting


@click.group()
def campaign() -> None:
    """Processes and schema of campaign, by its settings (docs/settings.md)."""


@campaign.command("migrate")
def migrate_() -> None:
    """Bring events, keys, views and tokens in PostgreSQL up to date; run again it changes nothing."""
    from services.campaign.schema import migrate_all
    from services.campaign.settings import from_environment

    try:
        reached = migrate_all(from_environment())
    except (BadSetting, PermanentFailure, TemporaryFailure) as failure:
        raise click.ClickException(str(failure)) from None
    for part, revision in reached.items():
        click.echo(f"{part} at {revision}")


@campaign.command()
def web() -> NoReturn:
    """Answer the other services; start as many as needed."""
    serve("campaign-web", "web", "services.campaign.processes:web")


@campaign.command()
def relay() -> NoReturn:
    """Put the log on Kafka's topic; a second one stands by."""
    serve("campaign-relay", "follower", "services.campaign.processes:relay")


@campaign.command()
def worker() -> NoReturn:
    """Keep the views, hand mails over, watch deadlines, tidy up; a second one stands by."""
    serve("campaign-worker", "follower", "services.campaign.processes:worker")


campaign.add_command(erase_again)
