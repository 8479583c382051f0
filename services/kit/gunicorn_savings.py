"""What gunicorn does anew for each request though it never changes, done once; short answers leave in one piece."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from gunicorn import util
from gunicorn.http import message, wsgi

SHORT: Final = 65_536
FEW: Final = 8
"""Values of one header that are remembered as checked; a header with more of them changes from answer to answer."""
_MEANT_FOR_GUNICORN: Final = frozenset({"content-length", "upgrade"})


class Checked:
    """Headers that gunicorn found well-formed and sends as they are."""

    def __init__(self) -> None:
        self._pairs: set[tuple[str, str]] = set()
        self._values: dict[str, int] = {}

    def __contains__(self, pair: tuple[str, str]) -> bool:
        return pair in self._pairs

    def add(self, pair: tuple[str, str]) -> None:
        known = self._values.get(pair[0], 0)
        if known < FEW:
            self._values[pair[0]] = known + 1
            self._pairs.add(pair)


PEERS: Final = 1024
_wsgi: Final[Any] = wsgi
_message: Final[Any] = message
"""Their published types are of an older version."""


class OneWrite(_wsgi.Response):  # type: ignore[misc]
    """Head and body of a short answer whose length is known are one packet; all else goes gunicorn's own way."""

    checked: Final = Checked()

    def process_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        for pair in headers:
            if pair in self.checked:
                self.headers.append(pair)
            else:
                self._check(pair)

    def write(self, arg: Any) -> None:
        if not self._short(arg):
            super().write(arg)
            return
        head = [*self.default_headers(), *(f"{name}: {value}\r\n" for name, value in self.headers), "\r\n"]
        self.headers_sent = True
        self.sent = len(arg)
        util.write(self.sock, "".join(head).encode("latin-1") + arg)

    def _short(self, arg: Any) -> bool:
        """A first piece that is no longer than was announced; gunicorn cuts or refuses anything else."""
        return (
            not self.headers_sent
            and not self.chunked
            and not self._omits_body
            and type(arg) is bytes
            and self.response_length is not None
            and len(arg) <= self.response_length
            and len(arg) <= SHORT
        )

    def _check(self, pair: tuple[str, str]) -> None:
        before = len(self.headers)
        super().process_headers([pair])
        if self.headers[before:] == [pair] and pair[0].lower() not in _MEANT_FOR_GUNICORN:
            self.checked.add(pair)


class OncePerSecond:
    """The date of an answer, formatted when the second changes."""

    def __init__(self, form: Callable[..., str]) -> None:
        self._form = form
        self._known = (0, "")

    def __call__(self, timestamp: float | None = None) -> str:
        if timestamp is not None:
            return self._form(timestamp)
        now = int(time.time())
        second, text = self._known
        if now != second:
            text = self._form(now)
            self._known = (now, text)
        return text


class SameForAll:
    """The part of a request's environment that is the same for all of one server: each gets a copy."""

    def __init__(self, make: Callable[[Any], dict[str, Any]]) -> None:
        self._make = make
        self._made: tuple[Any, dict[str, Any]] = (None, {})

    def __call__(self, cfg: Any) -> dict[str, Any]:
        if self._made[0] is not cfg:
            self._made = (cfg, self._make(cfg))
        return dict(self._made[1])


class SamePeer:
    """Whether an address is one of those that are trusted, worked out once for each."""

    def __init__(self, look: Callable[[str, list[str], Any], bool]) -> None:
        self._look = look
        self._known: dict[tuple[str, ...], bool] = {}

    def __call__(self, address: str, allowed: list[str], networks: Any) -> bool:
        asked = (address, *allowed)
        known = self._known.get(asked)
        if known is None:
            if len(self._known) >= PEERS:
                self._known.clear()
            known = self._known[asked] = self._look(address, allowed, networks)
        return known


def install() -> None:
    """In the worker, once, before it serves: gunicorn has no settings for these."""
    if _wsgi.Response is not OneWrite:
        _wsgi.Response = OneWrite
        util.http_date = OncePerSecond(util.http_date)
        _wsgi.base_environ = SameForAll(_wsgi.base_environ)
        _message._ip_in_allow_list = SamePeer(_message._ip_in_allow_list)
