"""gunicorn's gevent worker, which at its end does not wait for connections on which nobody asks anything."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Any

from gunicorn.workers.ggevent import GeventWorker

from services.kit import gunicorn_savings


class PromptWorker(GeventWorker):
    """A kept connection rests between two requests; the ones that rest are told to go when the worker ends."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._resting: set[Any] = set()

    def init_process(self) -> None:
        gunicorn_savings.install()
        super().init_process()

    def handle(self, listener: Any, client: Any, addr: Any) -> None:
        self._resting.add(client)
        try:
            super().handle(listener, client, addr)
        finally:
            self._resting.discard(client)

    def handle_request(self, listener_name: Any, req: Any, sock: Any, addr: Any) -> bool:
        self._resting.discard(sock)
        kept = super().handle_request(listener_name, req, sock, addr)
        self._resting.add(sock)
        if not self.alive:
            _no_more(sock)
        return kept

    def send_home(self) -> None:
        """Called once, when the worker was told to end."""
        for sock in tuple(self._resting):
            _no_more(sock)


def _no_more(sock: Any) -> None:
    """What the other side sends from here on is not read: gunicorn sees the end and closes.

    By a second handle of the connection: gevent would break off whoever waits on the first.
    """
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(sock.fileno())) as twin:
        twin.shutdown(socket.SHUT_RD)
