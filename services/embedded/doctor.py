"""Says what is wrong with an installation, and what to do about it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from services.embedded import doctor_of_processes as distributed
from services.kit.folder_lock import FolderInUse, FolderLock

DATABASES = (
    "campaign/events.db",
    "campaign/keys.db",
    "campaign/views.db",
    "campaign/tokens.db",
    "stream.db",
    "notifier/notifier.db",
    "gateway/gateway.db",
)
LEAST_FREE = 500 * 1024 * 1024

Finding = tuple[bool, str]


@click.command()
@click.option("--data", default="var", show_default=True, type=click.Path(path_type=Path), help="Data folder.")
def doctor(data: Path) -> None:
    """Look at an installation, and say what to do where something is wrong.

    Where the environment names a database of a service (CHORUS_CAMPAIGN_DATABASE, CHORUS_NOTIFIER_DATABASE,
    CHORUS_GATEWAY_DATABASE), it is the installation of processes that these settings describe: its databases, Kafka,
    evidence, mail server, secrets and doors. Else it is the data folder of `chorus run`.

    Exit status 0 when all is well, 1 otherwise. Safe beside running processes.
    """
    found = distributed.findings(os.environ) if distributed.is_described(os.environ) else findings(data)
    wrong = 0
    for good, sentence in found:
        click.echo(("  ok     " if good else "  WRONG  ") + sentence)
        wrong += not good
    click.echo(f"{wrong} things to mend" if wrong else "all is well")
    raise SystemExit(1 if wrong else 0)


def findings(data: Path) -> Iterator[Finding]:
    yield sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (3.11 or newer is needed)"
    if data.exists() and not data.is_dir():
        yield False, f"{data} is no folder; name another one with --data"
        return
    if not data.is_dir():
        yield True, f"no data folder {data} yet; `make run` makes it"
        return
    free = shutil.disk_usage(data).free
    yield free >= LEAST_FREE, f"{free // 1024**2} MiB free on the disk of {data} (at least {LEAST_FREE // 1024**2})"
    yield os.access(data, os.W_OK | os.X_OK), f"{data} is this user's to write in"
    yield _lock(data)
    yield from _databases(data)
    yield from _secrets(data)
    yield from _log(data)


def _lock(data: Path) -> Finding:
    campaign = data / "campaign"
    if not campaign.is_dir():
        return True, "the campaign service never ran here"
    lock = FolderLock(campaign)
    try:
        lock.acquire(0)
    except FolderInUse as held:
        return True, f"a server is running on it ({held})"
    lock.release()
    return True, "no server is running on it"


def _databases(data: Path) -> Iterator[Finding]:
    for name in DATABASES:
        path = data / name
        if not path.exists():
            yield True, f"{name}: not there yet"
            continue
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5) as database:
                (answer,) = database.execute("PRAGMA quick_check").fetchone()
        except sqlite3.Error as error:
            answer = type(error).__name__
        yield answer == "ok", f"{name}: {answer}" + ("" if answer == "ok" else " - restore it from the last backup")


def _secrets(data: Path) -> Iterator[Finding]:
    for path in sorted(data.glob("*/secrets/*")):
        closed = not path.stat().st_mode & 0o077
        remedy = "" if closed else f": others may read it; run chmod 600 {path}"
        yield closed, f"secret {path.relative_to(data)}{remedy}"
        yield path.stat().st_uid == os.getuid(), f"secret {path.relative_to(data)} belongs to this user"


def _log(data: Path) -> Iterator[Finding]:
    path = data / "campaign" / "events.db"
    if not path.exists():
        return
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5) as database:
        count, last = database.execute("SELECT count(*), max(notification_id) FROM stored_events").fetchone()
    gapless = count == (last or 0)
    yield (
        gapless,
        f"event log: {count} events" + ("" if gapless else f", but the last is number {last}: events are gone"),
    )
