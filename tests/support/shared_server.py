"""One server for all processes of a test run: started by the first that asks, ended by the last one to go."""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

_PROJECT: Final = hashlib.sha256(str(Path(__file__).parents[2]).encode()).hexdigest()[:8]


class Server(Protocol):
    def stop(self) -> None: ...


S = TypeVar("S", bound=Server)


class Shared(Generic[S]):
    """`start` makes and starts the server of a folder, `running` finds the one that runs there."""

    def __init__(self, name: str, start: Callable[[Path], S], running: Callable[[Path], S | None]) -> None:
        self._folder = Path(tempfile.gettempdir()) / f"chorus-tests-{name}-{os.getuid()}-{_PROJECT}"
        self._start = start
        self._running = running
        self._server: S | None = None

    def get(self) -> S:
        if self._server is None:
            self._server = self._join()
        return self._server

    @contextmanager
    def gate(self) -> Iterator[None]:
        """One process at a time comes, goes, or does what the others must not do meanwhile."""
        descriptor = self._lock_file("gate")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _join(self) -> S:
        self._folder.mkdir(exist_ok=True)
        self._folder.chmod(0o711)
        users = self._lock_file("users")
        with self.gate():
            fcntl.flock(users, fcntl.LOCK_SH)
            server = self._running(self._folder / "server")
            if server is None:
                shutil.rmtree(self._folder / "server", ignore_errors=True)
                server = self._start(self._folder / "server")
        atexit.register(self._leave, server, users, os.getpid())
        return server

    def _leave(self, server: S, users: int, owner: int) -> None:
        if os.getpid() != owner:
            return
        with self.gate():
            fcntl.flock(users, fcntl.LOCK_UN)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            server.stop()
            shutil.rmtree(self._folder / "server", ignore_errors=True)

    def _lock_file(self, name: str) -> int:
        return os.open(self._folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
