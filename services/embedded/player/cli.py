"""`chorus demo`: play a scenario file on a fresh server of its own, or on one that runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import get_args

import click

from services.embedded.player.door import Door, DoorShut
from services.embedded.player.nodes import Mistake
from services.embedded.player.play import play, starts_at
from services.embedded.player.scenario import read_scenario
from services.embedded.player.server import Target, own_server
from services.embedded.player.show import Stage, plain_console

UNUSABLE = 2
COMMANDS: dict[Target, str] = {"embedded": "run", "distributed": "run-distributed"}


@click.command()
@click.argument("scenario", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Keep the data in this new folder.")
@click.option("--url", metavar="URL", help="Play on a running Chorus that has the settable clock.")
@click.option(
    "--target", default="embedded", show_default=True, type=click.Choice(get_args(Target)), help="Of its own."
)
def demo(scenario: Path, keep: Path | None, url: str | None, target: Target) -> None:
    """Play SCENARIO through the public doors, step by step, and check what it expects.

    \b
    chorus demo scenarios/duplicate-charge.yaml
    chorus demo scenarios/duplicate-charge.yaml --keep /tmp/played && chorus run --data /tmp/played
    chorus demo scenarios/account-stolen.yaml --target distributed
    chorus demo my/own.yaml --url http://127.0.0.1:8000

    Ends with 0 when every expectation was met, 1 when one was not, 2 when the file or the server cannot be used.
    """
    if keep is not None and url is not None:
        raise click.UsageError("give either --keep or --url")
    try:
        read = read_scenario(scenario)
        with _server(starts_at(read), keep, url, target) as base:
            stage = Stage(plain_console())
            stage.opening(read, base)
            door = Door(base)
            result = play(read, door, stage.step)
            door.close()
            stage.closing(read, result, base if url else None, keep, COMMANDS[target])
    except Mistake as mistake:
        raise unusable(str(mistake)) from None
    except DoorShut as shut:
        raise unusable(str(shut)) from None
    if result.failed:
        raise SystemExit(1)


def unusable(sentence: str) -> click.exceptions.Exit:
    click.echo(sentence, err=True)
    return click.exceptions.Exit(UNUSABLE)


@contextmanager
def _server(start: datetime, keep: Path | None, url: str | None, target: Target) -> Iterator[str]:
    if url is not None:
        yield url.rstrip("/")
    else:
        with own_server(start, keep, target) as base:
            yield base
