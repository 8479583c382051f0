"""`chorus notifier`: its processes and schema, and what an operator does about mails and progress."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click

from services.kit.command_line import told
from services.kit.serving import serve

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
    from services.notifier.operating import bring_up_to_date

    with told():
        bring_up_to_date(click.echo)


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
    from services.notifier.operating import show_status

    with told():
        show_status(data, click.echo)


@notifier.command("rebuild-progress")
@DATA
def rebuild_progress(data: Path) -> None:
    """Forget all progress; at the next start it is computed anew from the first event. No mail is sent again.

    Stop Chorus (its notifier workers) first.
    """
    from services.notifier.operating import forget

    with told():
        forget(data)
    click.echo("Progress will be computed anew at the next start.")


@notifier.command()
@click.argument("campaign", required=False)
def redrive(campaign: str | None) -> None:
    """List the campaigns whose records are parked; with CAMPAIGN, play its records again, in order.

    For processes of their own; stop notifier's workers first. In one process: chorus redrive.
    """
    from services.notifier.operating import play_parked

    with told():
        play_parked(campaign, click.echo)
