"""The secrets of an installation, one small file each: what is missing is made, what is there is never touched."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

KEY_BYTES: Final = 32
Make = Callable[[], bytes]


def _key() -> bytes:
    return os.urandom(KEY_BYTES)


def _word() -> bytes:
    """Text that may stand in a header, a URL or a line of a file."""
    return secrets.token_urlsafe(KEY_BYTES).encode()


def _key_id() -> bytes:
    return secrets.token_hex(10).upper().encode()


FILES: Final[Mapping[str, Make]] = {
    "campaign/pepper": _key,
    "notifier/notifier": _key,
    "gateway/gateway-key": _key,
    "gateway/operator": _word,
    "internal": _word,
    "postgres/superuser": _word,
    "postgres/campaign": _word,
    "postgres/notifier": _word,
    "postgres/gateway": _word,
    "s3/key-id": _key_id,
    "s3/secret": _word,
}
"""By path in the folder; beside them stand the key-encryption keys, `campaign/kek-YYYY-MM`."""
KAFKA: Final[Mapping[str, Make]] = {"kafka": _word}


def make_missing(folder: Path, now: datetime, *, kafka: bool = False) -> list[str]:
    """Makes what is missing, readable by its owner alone; answers the names of what was made.

    A key-encryption key is made for the month of `now` only where there is none at all.
    """
    wanted = {**FILES, **(KAFKA if kafka else {})}
    if not any(folder.glob("campaign/kek-*")):
        wanted[f"campaign/kek-{now.astimezone(UTC):%Y-%m}"] = _key
    return [name for name in sorted(wanted) if _made(folder / name, wanted[name])]


def _made(path: Path, make: Make) -> bool:
    """Complete and on the disk before it bears its name; a name that is taken stays as it is."""
    if path.exists():
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, make())
        os.fsync(descriptor)
        os.link(unfinished, path)
    except FileExistsError:
        return False
    finally:
        os.close(descriptor)
        unfinished.unlink()
    _keep_names(path.parent)
    return True


def _keep_names(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@click.command("secrets")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--kafka", is_flag=True, help="Also a password for a Kafka that asks for one.")
def make_secrets(folder: Path, kafka: bool) -> None:
    """Make the secrets that FOLDER lacks; run again it changes nothing.

    Keep a copy of campaign/kek-* and campaign/pepper apart from the backups of the databases: without them nobody can
    read a member's data, with them and the databases anybody can.
    """
    try:
        made = make_missing(folder, datetime.now(UTC), kafka=kafka)
    except OSError as error:
        raise click.ClickException(f"{folder}: {error.strerror}") from None
    for name in made:
        click.echo(f"made {folder / name}")
    if not made:
        click.echo(f"nothing is missing in {folder}")
