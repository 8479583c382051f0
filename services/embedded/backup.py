"""Backup and restore of a data folder of `chorus run`: taken while it runs, put back into an empty one.

The order is what makes the copies fit together (docs/operations.md): whoever follows is copied before what it follows,
so that nobody in the backup knows of anything that is not in it; keys come after the events that need them.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import click

FOLLOWERS_FIRST: Final = (
    "gateway/gateway.db",
    "notifier/notifier.db",
    "stream.db",
    "campaign/views.db",
    "campaign/tokens.db",
    "campaign/events.db",
)
KEYS: Final = "campaign/keys.db"
SECRETS: Final = ("campaign/secrets", "notifier/secrets", "gateway/secrets")
EVIDENCE: Final = "campaign/evidence"
ERASURES: Final = "erasures.jsonl"
_ERASED: Final = "SELECT state FROM stored_events WHERE topic = 'membership.subject_erased' ORDER BY notification_id"


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--data", default="var", show_default=True, type=click.Path(path_type=Path, exists=True), help="Folder.")
@click.option("--keys", type=click.Path(path_type=Path), help="Where keys and secrets go; else TARGET.keys.")
def backup(target: Path, data: Path, keys: Path | None) -> None:
    """Copy a data folder into TARGET while Chorus runs on it; keys and secrets into a folder of their own.

    Keep the two apart: together they open every member's data. Keep the newest erasures.jsonl of all backups, too.
    """
    keys = keys or target.with_name(target.name + ".keys")
    if not (data / "campaign" / "events.db").is_file():
        raise click.ClickException(f"Chorus never ran in {data}")
    for place in (target, keys):
        if place.exists() and any(place.iterdir()):
            raise click.ClickException(f"{place} is not empty; name a new folder")
    for name in FOLLOWERS_FIRST:
        _copy_database(data / name, target / name)
    _copy_database(data / KEYS, keys / KEYS)
    for name in SECRETS:
        _copy_files(data / name, keys / name)
    files = _copy_files(data / EVIDENCE, target / EVIDENCE)
    erased = _erasures(target)
    click.echo(f"{target}: {_events(target)} events, {files} files, {erased} erasures; keys and secrets in {keys}")


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.option("--data", default="var", show_default=True, type=click.Path(path_type=Path), help="An empty folder.")
@click.option("--keys", type=click.Path(path_type=Path), help="Where keys and secrets are; else SOURCE.keys.")
def restore(source: Path, data: Path, keys: Path | None) -> None:
    """Put a backup back into an empty data folder.

    Then, before Chorus starts: chorus campaign erase-again --data FOLDER ERASURES, with the newest erasures.jsonl.
    """
    keys = keys or source.with_name(source.name + ".keys")
    if data.exists() and any(data.iterdir()):
        raise click.ClickException(f"{data} is not empty; move away what is left of the old folder first")
    if not (keys / KEYS).is_file():
        raise click.ClickException(f"{keys} has no keys; without them nothing personal can be read")
    for place in (source, keys):
        _copy_files(place, data, leaving_out=ERASURES)
    click.echo(f"{data}: {_events(data)} events; next: chorus campaign erase-again --data {data} ERASURES")


def _copy_database(source: Path, target: Path) -> None:
    """One consistent state of it, whoever writes meanwhile."""
    if not source.exists():
        return
    _folder(target.parent)
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)) as there,
        closing(sqlite3.connect(target)) as here,
    ):
        target.chmod(0o600)
        there.backup(here)
    _keep(target)


def _copy_files(source: Path, target: Path, leaving_out: str = "") -> int:
    """Those that vanish meanwhile were erased, and are left out."""
    copied = 0
    for path in _files(source):
        place = target / path.relative_to(source)
        if path.name == leaving_out:
            continue
        _folder(place.parent)
        try:
            shutil.copyfile(path, place)
        except FileNotFoundError:
            place.unlink(missing_ok=True)
            continue
        place.chmod(0o600)
        _keep(place)
        copied += 1
    return copied


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _erasures(target: Path) -> int:
    """The public leaves of all erasures so far, one a line."""
    with closing(sqlite3.connect(target / "campaign" / "events.db")) as events:
        leaves = [bytes(row[0]) for row in events.execute(_ERASED)]
    path = target / ERASURES
    path.write_bytes(b"".join(leaf + b"\n" for leaf in leaves))
    _keep(path)
    return len(leaves)


def _events(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "campaign" / "events.db")) as events:
        count: int = events.execute("SELECT count(*) FROM stored_events").fetchone()[0]
    return count


def _folder(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _keep(path: Path) -> None:
    """On the disk before the backup counts."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
