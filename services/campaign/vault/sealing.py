"""Disclosures sealed under a data key, bound to their event, their holder and the key by the AAD (leaf format B4)."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kit.failures import PermanentFailure

NONCE_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class DataKey:
    """A data key in use: its id, never reused, and its cipher. `made`: when, on the clock of its pool."""

    key_id: int
    cipher: AESGCM
    made: float = 0.0


def seal(key: DataKey, event_id: UUID, holder: UUID, disclosures: Sequence[str]) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    sealed = key.cipher.encrypt(nonce, "~".join(disclosures).encode(), _aad("sealed/v1", event_id, holder, key.key_id))
    return nonce + sealed


def unseal(key: DataKey, event_id: UUID, holder: UUID, blob: bytes) -> tuple[str, ...]:
    """The disclosures; raises PermanentFailure `seal-broken` for a blob of another event, holder or key."""
    opened = _decrypt(key, blob, _aad("sealed/v1", event_id, holder, key.key_id)).decode()
    return tuple(opened.split("~")) if opened else ()


def seal_note(key: DataKey, note_id: UUID, body: bytes) -> bytes:
    """Seals what is handed over outside any event (an address that a mail goes to) under a key of its own."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + key.cipher.encrypt(nonce, body, _aad("handover/v1", note_id, note_id, key.key_id))


def unseal_note(key: DataKey, note_id: UUID, blob: bytes) -> bytes:
    return _decrypt(key, blob, _aad("handover/v1", note_id, note_id, key.key_id))


def seal_answer(secret: bytes, body: bytes) -> bytes:
    """Seals an answer under a secret of 32 bytes that is not kept."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(secret).encrypt(nonce, body, b"answer/v1")


def open_answer(secret: bytes, blob: bytes) -> bytes:
    return AESGCM(secret).decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], b"answer/v1")


def _aad(purpose: str, event_id: UUID, holder: UUID, key_id: int) -> bytes:
    return f"{purpose}|{event_id}|{holder}|{key_id}".encode()


def _decrypt(key: DataKey, blob: bytes, aad: bytes) -> bytes:
    try:
        return key.cipher.decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], aad)
    except InvalidTag:
        raise PermanentFailure("seal-broken") from None
