"""The one command line: `chorus run`, `demo`, `demo-real`, `audit`, `doctor`, `generate`."""

from __future__ import annotations

import os
import socket
import sys
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import click

COMMANDS = {
    "audit": ("services.campaign.audit.cli", "audit", "Export, replay and verify a campaign's public history."),
    "backup": ("services.embedded.backup", "backup", "Copy a data folder while Chorus runs on it."),
    "restore": ("services.embedded.backup", "restore", "Put a backup back into an empty data folder."),
    "campaign": ("services.campaign.cli", "campaign", "Processes and schema of campaign."),
    "demo": ("services.embedded.player.cli", "demo", "Play a scenario file through the public doors."),
    "demo-real": ("services.embedded.real.cli", "demo_real", "Play published complaints through the public API."),
    "doctor": ("services.embedded.doctor", "doctor", "Say what is wrong with an installation, and what to do."),
    "gateway": ("services.gateway.cli", "gateway", "Processes and schema of gateway."),
    "notifier": ("services.notifier.cli", "notifier", "Processes and schema of notifier; mails and progress."),
    "redrive": ("services.embedded.redrive", "redrive", "Play parked records again, once the cause is gone."),
    "secrets": ("services.distributed.secrets", "make_secrets", "Make the secrets that a folder lacks."),
    "topics": ("services.kit.stream.cli", "topics", "Make the Kafka topics that an installation needs."),
    "generate": ("services.embedded.generate", "generate", "Write or check generated files."),
}


class Lazy(click.Group):
    """Loads a command's module when it is called, so that `chorus --help` answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *COMMANDS])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return super().get_command(ctx, cmd_name)
        module, name, _ = COMMANDS[cmd_name]
        command: Any = getattr(import_module(module), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        own = {name: command.get_short_help_str(80) for name, command in self.commands.items()}
        rows = sorted({**own, **{name: text for name, (_, _, text) in COMMANDS.items()}}.items())
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Chorus 合声: people wronged by a digital wallet complain together, and win."""


@main.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port on 127.0.0.1.")
@click.option("--data", default="var", show_default=True, type=click.Path(path_type=Path), help="Data folder.")
@click.option("--smtp", default="", metavar="HOST:PORT", help="Send e-mails there instead of to the local mailbox.")
@click.option(
    "--settable-clock",
    default="",
    metavar="START",
    help="For players and tests: time stands at START (RFC 3339 with offset) until it is set at /_clock.",
)
@click.option("--no-followers", is_flag=True, hidden=True, help="Benchmarks only: no background work.")
def run(port: int, data: Path, smtp: str, settable_clock: str, no_followers: bool) -> None:
    """Start Chorus in one process on http://127.0.0.1:PORT; Ctrl-C ends it.

    Everything is kept under the data folder; e-mails go to the page /_mailbox.
    """
    if _taken(port):
        raise click.ClickException(f"port {port} is in use; choose another one: make run PORT={port + 1}")
    if settable_clock:
        _must_be_instant(settable_clock)
    if smtp:
        _must_be_server(smtp)
    click.echo(f"· starting Chorus, data in {data}", err=True)
    arguments = ["--port", str(port), "--data", str(data), "--smtp", smtp, "--settable-clock", settable_clock]
    if no_followers:
        arguments.append("--no-followers")
    os.execv(sys.executable, [sys.executable, "-m", "services.embedded.serve", *arguments])  # noqa: S606


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _must_be_server(text: str) -> None:
    host, colon, port = text.rpartition(":")
    if not (host if colon else text) or (colon and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536)):
        raise click.BadParameter("expected a server such as localhost:1025", param_hint="--smtp")


def _must_be_instant(text: str) -> None:
    try:
        if datetime.fromisoformat(text).tzinfo is None:
            raise ValueError
    except ValueError:
        raise click.BadParameter(
            "expected an instant with its offset, such as 2026-03-02T09:00:00+08:00", param_hint="--settable-clock"
        ) from None


if __name__ == "__main__":
    main()
