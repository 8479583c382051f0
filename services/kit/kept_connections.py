"""Connections to one server that are kept between requests, each for one request at a time."""

from __future__ import annotations

import http.client
import os
import time
from typing import Any, Final
from urllib.parse import urlsplit

CONNECT_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 30.0
IDLE_SECONDS: Final = 10.0
"""Connections that nobody used for this long are given up: a server closes them after a while, and a request that
meets the closing could not be told from one that was done."""

SHORT: Final = 65_536


class CouldNotConnect(Exception):
    """Nothing was sent."""


class Way(http.client.HTTPConnection):
    """A short request leaves in one piece. The standard library sends head and body by themselves, and for each of them
    the other side wakes up."""

    _held: list[bytes] | None = None

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **options: Any) -> None:
        if not isinstance(body, bytes) or len(body) > SHORT:
            super().request(method, url, body, headers or {}, **options)
            return
        held: list[bytes] = []
        self._held = held
        try:
            super().request(method, url, body, headers or {}, **options)
        finally:
            self._held = None
        self.send(b"".join(held))

    def send(self, data: Any) -> None:
        if self._held is None:
            super().send(data)
        else:
            self._held.append(data)


class SecureWay(Way, http.client.HTTPSConnection):
    """The same over TLS."""


class Connections:
    """Any number of threads; at most `most` connections are kept, the one used last is used first."""

    def __init__(self, base_url: str, most: int) -> None:
        parts = urlsplit(base_url)
        self._kind = SecureWay if parts.scheme == "https" else Way
        self._server = (parts.hostname or "", parts.port)
        self._most = most
        self._kept: list[tuple[Way, float]] = []

    def take(self) -> Way:
        """One that is open as far as is known. Raises CouldNotConnect."""
        while self._kept:
            try:
                way, used = self._kept.pop()
            except IndexError:
                break
            if time.monotonic() - used < IDLE_SECONDS and _at_rest(way):
                return way
            way.close()
        return self._new()

    def give_back(self, way: Way) -> None:
        """After an answer was read to its end."""
        if way.sock is not None and len(self._kept) < self._most:
            self._kept.append((way, time.monotonic()))
        else:
            way.close()

    def clear(self) -> None:
        while self._kept:
            self._kept.pop()[0].close()

    def _new(self) -> Way:
        way = self._kind(*self._server, timeout=CONNECT_SECONDS)
        try:
            way.connect()
        except (OSError, http.client.HTTPException) as error:
            way.close()
            raise CouldNotConnect from error
        way.sock.settimeout(ANSWER_SECONDS)
        return way


def _at_rest(way: Way) -> bool:
    """Nothing has come since the last answer, so that the server has not closed. Asked of the descriptor itself, which
    never waits: a connection on which there is anything to read is not used again."""
    if way.sock is None:
        return False
    try:
        os.read(way.sock.fileno(), 1)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
