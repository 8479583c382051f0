"""Evidence bytes under a key of their own: AES-256-GCM in chunks that cannot be cut off, swapped or repeated."""

import hashlib
import os
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.kit.failures import PermanentFailure

CHUNK: Final = 65_536
KEY_BYTES: Final = 32
_MAGIC: Final = b"chorus-file/v1\n"
_PREFIX_BYTES: Final = 7
_HEADER_BYTES: Final = len(_MAGIC) + _PREFIX_BYTES
_TAG_BYTES: Final = 16


def new_file_key() -> bytes:
    """A key for one file; it travels in the sealed field of the event that tells of the file."""
    return os.urandom(KEY_BYTES)


class Measured:
    """Passes a stream through and knows, at its end, the size and SHA-256 of what passed."""

    def __init__(self, stream: Iterable[bytes]) -> None:
        self._stream = stream
        self._sha256 = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self._sha256.update(piece)
            self.size += len(piece)
            yield piece

    @property
    def sha256(self) -> str:
        return self._sha256.hexdigest()


def encrypt(stream: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """Header, then sealed chunks; the nonce counts them and says which is the last (the STREAM construction)."""
    cipher = AESGCM(key)
    header = _MAGIC + os.urandom(_PREFIX_BYTES)
    yield header
    for number, chunk, last in _chunks(stream, CHUNK):
        yield cipher.encrypt(_nonce(header, number, last), chunk, header)


def decrypt(stream: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """The plain bytes; raises PermanentFailure `evidence-broken` at the first chunk that is not what was written."""
    cipher = AESGCM(key)
    pieces = iter(stream)
    buffered = b""
    for piece in pieces:
        buffered += piece
        if len(buffered) >= _HEADER_BYTES:
            break
    header, rest = buffered[:_HEADER_BYTES], buffered[_HEADER_BYTES:]
    if len(header) != _HEADER_BYTES or not header.startswith(_MAGIC):
        raise PermanentFailure("evidence-broken")
    for number, chunk, last in _chunks(_after(rest, pieces), CHUNK + _TAG_BYTES):
        try:
            yield cipher.decrypt(_nonce(header, number, last), chunk, header)
        except (InvalidTag, ValueError):
            raise PermanentFailure("evidence-broken") from None


def _after(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _chunks(stream: Iterable[bytes], size: int) -> Iterator[tuple[int, bytes, bool]]:
    """(number, chunk, whether it is the last); an empty stream is one empty last chunk."""
    number, waiting = 0, bytearray()
    for piece in stream:
        waiting += piece
        while len(waiting) > size:
            yield number, bytes(waiting[:size]), False
            del waiting[:size]
            number += 1
    yield number, bytes(waiting), True


def _nonce(header: bytes, number: int, last: bool) -> bytes:
    return header[len(_MAGIC) :] + struct.pack(">IB", number, last)
