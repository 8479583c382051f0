"""Who is active: of several processes that could do one ordered job, one holds the lease and the others stand by."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

_taken_here: set[str] = set()
_taken_lock = threading.Lock()


class Lease(Protocol):
    def hold(self) -> bool:
        """Takes the lease, or keeps it; False while another holds it. Never waits. Called before each slice."""
        ...

    def release(self) -> None: ...


class Share(Protocol):
    """The partitions that one process of a consumer takes; which they are may change between two slices."""

    def mine(self) -> Sequence[int]:
        """Raises TemporaryFailure when it cannot be told; then this process takes none."""
        ...

    def release(self) -> None:
        """At the end, so that others need not wait."""
        ...


class AlwaysHeld:
    """For a process that is alone by other means, such as a lock on the whole data folder."""

    def hold(self) -> bool:
        return True

    def release(self) -> None:
        return None


class FileLease:
    """A lock on a file: gone with the process that holds it. Locks of POSIX belong to processes, so that two holders
    inside one process are told apart by the path."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._name = str(path.absolute())
        self._descriptor: int | None = None

    def hold(self) -> bool:
        if self._descriptor is not None:
            return True
        with _taken_lock:
            if self._name in _taken_here:
                return False
            self._descriptor = self._try()
            if self._descriptor is not None:
                _taken_here.add(self._name)
        return self._descriptor is not None

    def release(self) -> None:
        with _taken_lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None
                _taken_here.discard(self._name)

    def _try(self) -> int | None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None
        return descriptor
