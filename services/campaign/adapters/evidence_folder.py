"""Evidence files in a folder: random names, readable by their owner alone, complete or not there at all."""

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from services.campaign.vault.secrets import fsync_folder
from services.kit.concurrency import run_blocking
from services.kit.failures import PermanentFailure, TemporaryFailure

PIECE: Final = 65_536
_NAME: Final = re.compile(r"[0-9a-f]{32}\Z", re.ASCII)


class EvidenceFolder:
    """Implements `application.evidence_store.EvidenceStore`; unfinished files of a crash go at the next start."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        for unfinished in folder.glob("*.part"):
            unfinished.unlink()

    def put(self, stream: Iterable[bytes]) -> str:
        name = secrets.token_hex(16)
        part = self._folder / f"{name}.part"
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    for piece in stream:
                        file.write(piece)
                    file.flush()
                    run_blocking(os.fsync, file.fileno())
                part.rename(self._folder / name)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            run_blocking(fsync_folder, self._folder)
        except OSError as error:
            raise TemporaryFailure("evidence-store-failed", retry_after=5.0) from error
        return name

    def open(self, name: str) -> Iterator[bytes]:
        try:
            file = self._path(name).open("rb")
        except FileNotFoundError:
            raise PermanentFailure("evidence-missing") from None
        return _pieces(file)

    def delete(self, name: str) -> None:
        self._path(name).unlink(missing_ok=True)
        run_blocking(fsync_folder, self._folder)

    def exists(self, name: str) -> bool:
        return self._path(name).exists()

    def _path(self, name: str) -> Path:
        """Names are ours; anything else is not looked for on the disk."""
        if not _NAME.match(name):
            raise PermanentFailure("evidence-missing")
        return self._folder / name


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
