"""Calls to another service's internal door: kept connections, the shared secret, bounded patience."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import urllib3

from services.kit.failures import TemporaryFailure

SECRET_HEADER: Final = "X-Chorus-Secret"  # noqa: S105  the header's name
PIECE: Final = 65_536
AWAY: Final = frozenset({502, 503, 504})
_TIMEOUT: Final = urllib3.Timeout(connect=2.0, read=30.0)


class InternalHttp:
    """One service behind a base URL. Nothing is repeated here: who calls knows whether a repetition is harmless.

    Raises TemporaryFailure with the code given when the other side is away, slow or says so.
    """

    def __init__(self, base_url: str, secret: str, away: str, *, connections: int = 32) -> None:
        self.base_url = base_url.rstrip("/")
        self._secret = {SECRET_HEADER: secret}
        self._away = away
        self._http = urllib3.PoolManager(maxsize=connections, block=False, retries=False, timeout=_TIMEOUT)

    def call(
        self, method: str, path: str, body: bytes | Iterator[bytes] | None = None
    ) -> tuple[int, bytes]:  # fmt: skip
        """Status and whole body of the answer."""
        headers = {**self._secret, "Content-Type": "application/json"}
        try:
            response = self._http.request(method, self.base_url + path, body=body, headers=headers)
        except urllib3.exceptions.HTTPError as error:
            raise TemporaryFailure(self._away, retry_after=2.0) from error
        if response.status in AWAY:
            raise TemporaryFailure(self._away, retry_after=2.0)
        return response.status, response.data

    def stream(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> tuple[int, Mapping[str, str], Iterator[bytes]]:
        """Status, headers and the body in pieces; whoever takes the pieces takes them all, or closes them."""
        headers = {**self._secret, **headers}
        try:
            response = self._http.request(
                method, self.base_url + path, body=body, headers=headers, preload_content=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise TemporaryFailure(self._away, retry_after=2.0) from error
        return response.status, response.headers, self._pieces(response)

    def close(self) -> None:
        self._http.clear()

    def _pieces(self, response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
        try:
            yield from response.stream(PIECE)
        except urllib3.exceptions.HTTPError as error:
            raise TemporaryFailure(self._away, retry_after=2.0) from error
        finally:
            response.close()
