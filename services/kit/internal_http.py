"""Calls to another service's internal door: kept connections, the shared secret, bounded patience."""

from __future__ import annotations

import errno
import http.client
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPResponse
from typing import Final, cast
from urllib.parse import urlsplit

from services.kit.failures import TemporaryFailure
from services.kit.kept_connections import Connections, CouldNotConnect, Way
from services.kit.logs import correlation

SECRET_HEADER: Final = "X-Chorus-Secret"  # noqa: S105  the header's name
REQUEST_HEADER: Final = "X-Request-Id"
PIECE: Final = 65_536
AWAY: Final = frozenset({502, 503, 504})
AGAIN_SECONDS: Final = 0.2
_BROKEN: Final = (OSError, http.client.HTTPException)
_ANSWERED_EARLY: Final = frozenset({errno.EPIPE, errno.ECONNRESET})

Body = bytes | Iterator[bytes] | None


class InternalHttp:
    """One service behind a base URL, of which there may be several processes.

    A request that was never sent is sent once more; one that broke off, only where its caller says that doing it
    twice is harmless. Raises TemporaryFailure with the code given when the other side is away, slow or says so.
    """

    def __init__(self, base_url: str, secret: str, away: str, *, connections: int = 32) -> None:
        self.base_url = base_url.rstrip("/")
        self._prefix = urlsplit(self.base_url).path
        self._secret = {SECRET_HEADER: secret}
        self._away = away
        self._kept = Connections(self.base_url, connections)

    def call(self, method: str, path: str, body: Body = None, *, harmless: bool = False) -> tuple[int, bytes]:
        """Status and whole body of the answer; `harmless` to do twice."""
        headers = {**self._secret, "Content-Type": "application/json"}
        way, answer, data = self._request(method, path, headers, body, harmless, whole=True)
        self._kept.give_back(way)
        if answer.status in AWAY:
            raise self._failure()
        return answer.status, data

    def stream(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[int, Mapping[str, str], Iterator[bytes]]:
        """Status, headers and the body in pieces; whoever takes the pieces takes them all, or closes them.

        For questions only, which are harmless to ask twice.
        """
        way, answer, _ = self._request(method, path, {**self._secret, **headers}, body, True, whole=False)
        if answer.status in AWAY:
            way.close()
            raise self._failure()
        return answer.status, cast("Mapping[str, str]", answer.headers), self._pieces(way, answer)

    def close(self) -> None:
        self._kept.clear()

    def _request(
        self, method: str, path: str, headers: Mapping[str, str], body: Body, harmless: bool, *, whole: bool
    ) -> tuple[Way, HTTPResponse, bytes]:
        if (served := correlation()) is not None:
            headers = {**headers, REQUEST_HEADER: served}
        for last in (False, True):
            try:
                return self._once(method, self._prefix + path, headers, body, whole)
            except (CouldNotConnect, *_BROKEN) as error:
                again = isinstance(error, CouldNotConnect) or (harmless and not isinstance(error, TimeoutError))
                if last or not again or isinstance(body, Iterator):
                    raise self._failure() from error
            time.sleep(AGAIN_SECONDS)
        raise AssertionError("unreachable")

    def _once(
        self, method: str, path: str, headers: Mapping[str, str], body: Body, whole: bool
    ) -> tuple[Way, HTTPResponse, bytes]:
        way = self._kept.take()
        try:
            _send(way, method, path, headers, body)
            answer = way.getresponse()
            return way, answer, answer.read() if whole else b""
        except BaseException:
            way.close()
            raise

    def _pieces(self, way: Way, answer: HTTPResponse) -> Iterator[bytes]:
        ended = False
        try:
            while piece := answer.read(PIECE):
                yield piece
            if answer.length:
                raise http.client.IncompleteRead(b"", answer.length)
            ended = True
        except _BROKEN as error:
            raise self._failure() from error
        finally:
            answer.close()
            self._kept.give_back(way) if ended else way.close()

    def _failure(self) -> TemporaryFailure:
        return TemporaryFailure(self._away, retry_after=2.0)


def _send(way: Way, method: str, path: str, headers: Mapping[str, str], body: Body) -> None:
    """A server that has heard enough answers and closes while the body is still on its way: that answer counts."""
    try:
        way.request(method, path, body, dict(headers))
    except OSError as error:
        if error.errno not in _ANSWERED_EARLY:
            raise
