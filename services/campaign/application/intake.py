"""A file on its way in: counted, looked at, encrypted and stored before the event that tells of it."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from typing import BinaryIO, Final

from services.campaign.application.case import Desk
from services.campaign.domain.base import DomainError
from services.campaign.domain.evidence import StoredFile
from services.campaign.vault.files import Measured, encrypt, new_file_key

LARGEST_FILE: Final = 10 * 1024 * 1024
PIECE: Final = 65_536


class Upload:
    """The bytes beside one command, read once however often the command is decided."""

    def __init__(self, desk: Desk, body: BinaryIO) -> None:
        self._desk = desk
        self._body = body
        self._stored: StoredFile | None = None

    def stored(self, file_name: str, declared_type: str) -> StoredFile:
        """Raises DomainError `file-too-large`, `file-empty` and those of the `FileInspector`."""
        if self._stored is None:
            self._stored = self._store(file_name, declared_type)
        return self._stored

    def discard(self) -> None:
        """The command was refused: nothing of the file is kept."""
        if self._stored is not None:
            self._desk.evidence.delete(self._stored.blob)
            self._stored = None

    def _store(self, file_name: str, declared_type: str) -> StoredFile:
        content = _within_limit(self._body)
        media_type = self._desk.inspector.inspect(content, file_name, declared_type)
        key = new_file_key()
        measured = Measured(_pieces(content))
        blob = self._desk.evidence.put(encrypt(measured, key))
        return StoredFile(
            file_name=file_name, media_type=media_type, size=measured.size, digest=measured.sha256, blob=blob,
            file_key=urlsafe_b64encode(key).decode(),
        )  # fmt: skip


def _within_limit(body: BinaryIO) -> bytes:
    """Cut off at the limit, whatever length was announced."""
    content = bytearray()
    while piece := body.read(PIECE):
        content += piece
        if len(content) > LARGEST_FILE:
            raise DomainError("file-too-large", limit=LARGEST_FILE)
    if not content:
        raise DomainError("file-empty")
    return bytes(content)


def _pieces(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), PIECE):
        yield content[start : start + PIECE]
