"""Key-encryption keys by epoch and the pepper: small files that only their owner may read."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services.kit.failures import PermanentFailure

SECRET_BYTES: Final = 32
_KEK: Final = re.compile(r"kek-([0-9]{4}-[0-9]{2})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Secrets:
    """What opens the vault; `epoch` names the key-encryption key that wraps new keys."""

    epoch: str
    keks: Mapping[str, bytes] = field(repr=False)
    pepper: bytes = field(repr=False)


def load_or_create(folder: Path, epoch: str) -> Secrets:
    """The secrets of a data folder, made at the first start for the epoch given (`YYYY-MM`); later the newest counts.

    Raises PermanentFailure `secret-readable-by-others` or `secret-malformed`; nothing is repaired silently.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    keks = _keks(folder)
    if not keks:
        if not _KEK.match(f"kek-{epoch}"):
            raise PermanentFailure("secret-malformed")
        keks[epoch] = _create(folder / f"kek-{epoch}")
    pepper = folder / "pepper"
    return Secrets(max(keks), keks, _read(pepper) if pepper.exists() else _create(pepper))


def load(folder: Path) -> Secrets:
    """The secrets that an operator made beforehand; several processes read them, none makes any.

    Raises PermanentFailure `secret-missing`, `secret-readable-by-others` or `secret-malformed`.
    """
    pepper = folder / "pepper"
    if not pepper.is_file() or not (keks := _keks(folder)):
        raise PermanentFailure("secret-missing")
    return Secrets(max(keks), keks, _read(pepper))


def _keks(folder: Path) -> dict[str, bytes]:
    _refuse_open_to_others(folder)
    return {found[1]: _read(path) for path in folder.iterdir() if (found := _KEK.match(path.name))}


def _create(path: Path) -> bytes:
    secret = os.urandom(SECRET_BYTES)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, secret)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    fsync_folder(path.parent)
    return secret


def _read(path: Path) -> bytes:
    _refuse_open_to_others(path)
    secret = path.read_bytes()
    if len(secret) != SECRET_BYTES:
        raise PermanentFailure("secret-malformed")
    return secret


def _refuse_open_to_others(path: Path) -> None:
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise PermanentFailure("secret-malformed")
    if found.st_mode & 0o077:
        raise PermanentFailure("secret-readable-by-others")


def fsync_folder(folder: Path) -> None:
    """Makes a new name in the folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
