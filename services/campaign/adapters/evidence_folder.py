"""Evidence files in a folder: random names, readable by their owner alone, complete or not there at all."""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from services.campaign.adapters.evidence_names import is_ours, new_name, ours
from services.campaign.vault.secrets import fsync_folder
from services.kit.concurrency import run_blocking
from services.kit.failures import PermanentFailure, TemporaryFailure

PIECE: Final = 65_536
UNFINISHED: Final = ".part"


class EvidenceFolder:
    """Implements `application.evidence_store.EvidenceStore`; several processes may share one folder.

    Whoever writes a file holds a lock on it, so that a start can tell a crash's leftovers from another's upload.
    """

    def __init__(self, folder: Path, name: Callable[[], str] = new_name) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._new_name = name
        for unfinished in folder.glob(f"*{UNFINISHED}"):
            _drop_if_left(unfinished)

    def put(self, stream: Iterable[bytes]) -> str:
        name = ours(self._new_name())
        try:
            self._write(name, stream)
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
        path = self._path(name)
        try:
            path.unlink(missing_ok=True)
            run_blocking(fsync_folder, self._folder)
        except OSError as error:
            raise TemporaryFailure("evidence-store-failed", retry_after=5.0) from error

    def exists(self, name: str) -> bool:
        return self._path(name).exists()

    def names(self, before: datetime) -> Iterator[str]:
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if is_ours(entry.name) and entry.stat().st_mtime < before.timestamp():
                    yield entry.name

    def check(self) -> None:
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise TemporaryFailure("evidence-store-refused")

    def _write(self, name: str, stream: Iterable[bytes]) -> None:
        part = self._folder / f"{name}{UNFINISHED}"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for piece in stream:
                    file.write(piece)
                file.flush()
                run_blocking(os.fsync, descriptor)
                os.link(part, self._folder / name)
        finally:
            part.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / ours(name)


def _drop_if_left(unfinished: Path) -> None:
    try:
        with unfinished.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            unfinished.unlink(missing_ok=True)
    except (BlockingIOError, FileNotFoundError):
        return


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
