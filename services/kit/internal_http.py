"""Calls to another service's internal door: kept connections, the shared secret, bounded patience."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

from services.kit.failures import TemporaryFailure
from services.kit.logs import correlation

SECRET_HEADER: Final = "X-Chorus-Secret"  # noqa: S105  the header's name
REQUEST_HEADER: Final = "X-Request-Id"
PIECE: Final = 65_536
AWAY: Final = frozenset({502, 503, 504})
IDLE_SECONDS: Final = 10.0
"""Connections that nobody used for this long are given up: a server closes them after a while, and a request that
meets the closing could not be told from one that was done."""
AGAIN_SECONDS: Final = 0.2
_TIMEOUT: Final = urllib3.Timeout(connect=2.0, read=30.0)
_NEVER_SENT: Final = (NewConnectionError, ConnectTimeoutError)


class InternalHttp:
    """One service behind a base URL, of which there may be several processes.

    A request that was never sent is sent once more; one that broke off, only where its caller says that doing it
    twice is harmless. Raises TemporaryFailure with the code given when the other side is away, slow or says so.
    """

    def __init__(self, base_url: str, secret: str, away: str, *, connections: int = 32) -> None:
        self.base_url = base_url.rstrip("/")
        self._secret = {SECRET_HEADER: secret}
        self._away = away
        self._http = urllib3.PoolManager(maxsize=connections, block=False, retries=False, timeout=_TIMEOUT)
        self._used = time.monotonic()

    def call(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None = None, *, harmless: bool = False
    ) -> tuple[int, bytes]:
        """Status and whole body of the answer; `harmless` to do twice."""
        headers = {**self._secret, "Content-Type": "application/json"}
        response = self._request(method, path, headers, body, harmless, preload_content=True)
        if response.status in AWAY:
            raise TemporaryFailure(self._away, retry_after=2.0)
        return response.status, response.data

    def stream(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[int, Mapping[str, str], Iterator[bytes]]:
        """Status, headers and the body in pieces; whoever takes the pieces takes them all, or closes them.

        For questions only, which are harmless to ask twice.
        """
        response = self._request(method, path, {**self._secret, **headers}, body, True, preload_content=False)
        if response.status in AWAY:
            response.close()
            raise TemporaryFailure(self._away, retry_after=2.0)
        return response.status, response.headers, self._pieces(response)

    def close(self) -> None:
        self._http.clear()

    def _request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | Iterator[bytes] | None,
        harmless: bool,
        **how: Any,
    ) -> urllib3.BaseHTTPResponse:
        self._give_up_idle()
        if (served := correlation()) is not None:
            headers = {**headers, REQUEST_HEADER: served}
        for last in (False, True):
            try:
                return self._http.request(method, self.base_url + path, body=body, headers=headers, **how)
            except HTTPError as error:
                again = isinstance(error, _NEVER_SENT) or (harmless and not isinstance(error, ReadTimeoutError))
                if last or not again or isinstance(body, Iterator):
                    raise TemporaryFailure(self._away, retry_after=2.0) from error
            time.sleep(AGAIN_SECONDS)
        raise AssertionError("unreachable")

    def _give_up_idle(self) -> None:
        now = time.monotonic()
        if now - self._used > IDLE_SECONDS:
            self._http.clear()
        self._used = now

    def _pieces(self, response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
        try:
            yield from response.stream(PIECE)
        except HTTPError as error:
            raise TemporaryFailure(self._away, retry_after=2.0) from error
        finally:
            response.close()
