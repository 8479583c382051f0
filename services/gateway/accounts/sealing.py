"""Gateway's own key: addresses of links and sessions are sealed with it, and forms are signed with a part of it."""

from __future__ import annotations

import hmac
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kit.failures import PermanentFailure

KEY_BYTES = 32
_NONCE_BYTES = 12


class Sealer:
    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(hmac.digest(key, b"addresses", "sha256"))
        self.signing_key = hmac.digest(key, b"forms", "sha256")

    def seal(self, text: str, holder: str) -> bytes:
        """Opens again only for the same holder."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, text.encode(), holder.encode())

    def open(self, sealed: bytes, holder: str) -> str:
        """Raises PermanentFailure `seal-broken`."""
        try:
            return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], holder.encode()).decode()
        except InvalidTag:
            raise PermanentFailure("seal-broken") from None


def read_secret(path: Path) -> bytes:
    """A secret made by another part of the installation; PermanentFailure when absent, short or open to others."""
    try:
        found, secret = path.lstat(), path.read_bytes()
    except OSError:
        raise PermanentFailure("secret-missing") from None
    if found.st_mode & 0o077:
        raise PermanentFailure("secret-readable-by-others")
    if len(secret) != KEY_BYTES:
        raise PermanentFailure("secret-malformed")
    return secret


def own_secret(path: Path) -> bytes:
    """Gateway's own secret, made at the first start."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return read_secret(path)
    try:
        os.write(descriptor, os.urandom(KEY_BYTES))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return read_secret(path)
