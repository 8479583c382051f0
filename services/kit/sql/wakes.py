"""What another process committed, heard at once: LISTEN on a channel of PostgreSQL, in a thread of its own.

Only a hint. A notification is lost while the connection is away, so whoever is woken looks now and then by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import psycopg
from psycopg import sql

from services.kit.logs import logger
from services.kit.settings import Secret

LOOKS_UP_SECONDS: Final = 1.0
"""How long it takes at most to notice that it is told to end."""
AGAIN_SECONDS: Final = 1.0
GATHERS_SECONDS: Final = 0.02
"""In a crowd of commits one wake stands for all of so short a while."""


class Wakes:
    """Calls everybody who listens after each notification on `channel`, and after it was deaf for a while.

    Begins with the first `listen`; `close` ends it. The functions called must return at once.
    """

    def __init__(self, url: str, password: Secret | None, channel: str, *, application: str) -> None:
        self._options = {
            "conninfo": url, "password": None if password is None else str(password), "autocommit": True,
            "application_name": application, "connect_timeout": 5, "keepalives_idle": 10, "keepalives_interval": 5,
            "keepalives_count": 3,
        }  # fmt: skip
        self._channel = channel
        self._listeners: list[Callable[[], None]] = []
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def listen(self, wake: Callable[[], None]) -> None:
        self._listeners.append(wake)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"listen-{self._channel}", daemon=True)
                self._thread.start()

    def close(self) -> None:
        self._closing.set()
        if self._thread is not None:
            self._thread.join(5 * LOOKS_UP_SECONDS)

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._hear()
            except psycopg.Error as error:
                logger(__name__).warning("not listening for a while", channel=self._channel, kind=type(error).__name__)
                self._closing.wait(AGAIN_SECONDS)

    def _hear(self) -> None:
        with psycopg.connect(**self._options) as connection:  # type: ignore[arg-type]
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
            self._wake()
            while not self._closing.is_set():
                if list(connection.notifies(timeout=LOOKS_UP_SECONDS, stop_after=1)):
                    self._wake()
                    self._closing.wait(GATHERS_SECONDS)

    def _wake(self) -> None:
        for wake in self._listeners:
            wake()
