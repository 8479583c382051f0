"""One writing process for a data folder: a lock that dies with its process, and a name for whoever waits."""

import fcntl
import os
import threading
import time
from pathlib import Path
from typing import Final

from services.kit.failures import PermanentFailure

_held: Final[set[Path]] = set()
_held_guard: Final = threading.Lock()


class FolderInUse(PermanentFailure):
    """Another process writes in this folder; `holder` is its process id, as far as it said so."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__("folder-in-use")
        self.folder = folder
        self.holder = holder

    def __str__(self) -> str:
        return f"the data folder {self.folder} is in use by process {self.holder or 'unknown'}"


class FolderLock:
    """POSIX record lock on `FOLDER/lock`: not inherited by a fork, gone when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._path = (folder / "lock").resolve()
        self._descriptor: int | None = None

    def acquire(self, wait_seconds: float) -> None:
        """After a kill the old process may live on for a moment, so this waits; then raises FolderInUse."""
        deadline = time.monotonic() + wait_seconds
        while not self._try():
            if time.monotonic() >= deadline:
                raise FolderInUse(self._path.parent, self._holder())
            time.sleep(0.05)

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            with _held_guard:
                _held.discard(self._path)

    def _try(self) -> bool:
        """A record lock never refuses its own process, and closing any descriptor drops it: hence the register."""
        with _held_guard:
            if self._path in _held:
                return False
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                return False
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            self._descriptor = descriptor
            _held.add(self._path)
            return True

    def _holder(self) -> str:
        with _held_guard:
            if self._path in _held:
                return str(os.getpid())
            return self._path.read_text(errors="replace").strip()[:20]
