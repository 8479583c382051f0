"""Notifier's own secret: one small file that only its owner may read, and the keys derived from it."""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kit.failures import PermanentFailure

SECRET_BYTES: Final = 32
_NONCE_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Keys:
    """One key for each purpose, so that no two uses share one."""

    sealing: bytes = field(repr=False)
    addresses: bytes = field(repr=False)
    links: bytes = field(repr=False)


def load_or_create(path: Path) -> Keys:
    """For a process that is alone on its data folder; made at its first start."""
    if not path.exists():
        _create(path)
    return load(path)


def load(path: Path) -> Keys:
    """Raises PermanentFailure `secret-missing`, `secret-readable-by-others` or `secret-malformed`; nothing is repaired
    silently."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        raise PermanentFailure("secret-missing") from None
    if path.is_symlink() or not path.is_file():
        raise PermanentFailure("secret-malformed")
    if found.st_mode & 0o077:
        raise PermanentFailure("secret-readable-by-others")
    secret = path.read_bytes()
    if len(secret) != SECRET_BYTES:
        raise PermanentFailure("secret-malformed")
    return Keys(*(hmac.digest(secret, b"notifier/" + name, "sha256") for name in (b"sealing", b"addresses", b"links")))


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, os.urandom(SECRET_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    unfinished.rename(path)


def seal(key: bytes, name: str, body: bytes) -> bytes:
    """Bound to its name: a sealed body of another name does not open."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, body, f"handed/v1|{name}".encode())


def unseal(key: bytes, name: str, sealed: bytes) -> bytes:
    """Raises PermanentFailure `seal-broken`."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], f"handed/v1|{name}".encode())
    except InvalidTag:
        raise PermanentFailure("seal-broken") from None
