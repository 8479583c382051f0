"""`chorus gateway`: its processes and schema, and what an operator does about records that are parked."""

from __future__ import annotations

from typing import NoReturn

import click

from services.kit.command_line import told
from services.kit.serving import serve


@click.group()
def gateway() -> None:
    """Processes and schema of gateway, by its settings (docs/settings.md)."""


@gateway.command("migrate")
def migrate_() -> None:
    """Bring gateway's database up to date; run again it changes nothing."""
    from services.gateway.settings import from_environment
    from services.gateway.wiring import migrate_database

    with told():
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
    from services.gateway.operating import play_parked

    with told():
        play_parked(campaign, click.echo)
