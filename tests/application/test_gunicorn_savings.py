"""What is saved beside gunicorn changes no byte of any answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http import errors, wsgi

from services.kit.gunicorn_savings import FEW, PEERS, SHORT, Checked, OncePerSecond, OneWrite, SameForAll, SamePeer

Response: Any = wsgi.Response
refusals: Any = errors
Headers = list[tuple[str, str]]
PLAIN: Headers = [("Content-Type", "application/json"), ("X-Content-Type-Options", "nosniff"), ("Content-Length", "5")]


class Socket:
    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.sent.append(bytes(data))


def answered(
    kind: Any, headers: Headers, pieces: Sequence[bytes], method: str = "POST", status: str = "202 ACCEPTED"
) -> list[bytes]:
    socket = Socket()
    request = SimpleNamespace(method=method, version=(1, 1), should_close=lambda: False)
    response = kind(request, socket, Config())
    response.start_response(status, headers)
    for piece in pieces:
        response.write(piece)
    response.close()
    return socket.sent


@pytest.fixture(autouse=True)
def one_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gunicorn.util.http_date", lambda: "Tue, 01 Dec 2026 00:00:00 GMT")
    monkeypatch.setattr(OneWrite, "checked", Checked())


def test_head_and_body_of_a_short_answer_leave_in_one_piece() -> None:
    assert len(answered(Response, PLAIN, [b"hello"])) == 2
    (whole,) = answered(OneWrite, PLAIN, [b"hello"])
    assert whole == b"".join(answered(Response, PLAIN, [b"hello"]))


@pytest.mark.parametrize(
    ("headers", "pieces", "method", "status"),
    [
        (PLAIN, [b"hel", b"lo"], "POST", "202 ACCEPTED"),
        (PLAIN, [b"hello and more than was announced"], "POST", "202 ACCEPTED"),
        (PLAIN, [b"hel"], "POST", "202 ACCEPTED"),
        (PLAIN, [b"", b"hello"], "POST", "202 ACCEPTED"),
        (PLAIN, [], "POST", "202 ACCEPTED"),
        (PLAIN, [b"hello"], "HEAD", "200 OK"),
        (PLAIN[:1], [b"of no ", b"known length"], "GET", "200 OK"),
        ([("ETag", '"7"')], [], "GET", "304 NOT MODIFIED"),
        ([("Content-Length", str(SHORT + 1))], [b"x" * (SHORT + 1)], "GET", "200 OK"),
        ([("Connection", "close"), *PLAIN], [b"hello"], "GET", "200 OK"),
        ([("Connection", "upgrade"), ("Upgrade", "websocket"), *PLAIN], [b"hello"], "GET", "200 OK"),
    ],
)
def test_every_answer_has_the_bytes_that_gunicorn_gives_it(
    headers: Headers, pieces: Sequence[bytes], method: str, status: str
) -> None:
    own = b"".join(answered(Response, headers, pieces, method, status))
    for _ in range(3):
        assert b"".join(answered(OneWrite, headers, pieces, method, status)) == own


@pytest.mark.parametrize(
    ("header", "refused"),
    [
        (("X-Told", "one\r\nX-Smuggled: two"), refusals.InvalidResponseHeader),
        (("X Told", "one"), refusals.InvalidResponseHeaderName),
    ],
)
def test_what_is_no_header_is_refused_each_time(header: tuple[str, str], refused: type[Exception]) -> None:
    for _ in range(2):
        with pytest.raises(refused):
            answered(OneWrite, [*PLAIN, header], [b"hello"])


def test_a_header_that_changes_from_answer_to_answer_is_not_kept() -> None:
    for number in range(100):
        answered(OneWrite, [("X-Request-Id", str(number)), *PLAIN], [b"hello"])
    kept = [number for number in range(100) if ("X-Request-Id", str(number)) in OneWrite.checked]
    assert len(kept) == FEW
    assert PLAIN[0] in OneWrite.checked
    assert PLAIN[2] not in OneWrite.checked


def test_the_date_follows_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([10.2, 10.9, 11.0, 11.1])
    monkeypatch.setattr("services.kit.gunicorn_savings.time.time", lambda: next(seconds))
    formatted: list[float] = []

    def form(at: float) -> str:
        formatted.append(at)
        return f"at {at}"

    date: Callable[..., str] = OncePerSecond(form)
    assert [date(), date(), date(), date()] == ["at 10", "at 10", "at 11", "at 11"]
    assert formatted == [10, 11]
    assert date(7.5) == "at 7.5"


def test_each_request_has_an_environment_of_its_own() -> None:
    made: list[Any] = []

    def make(server: Any) -> dict[str, Any]:
        made.append(server)
        return {"wsgi.version": (1, 0)}

    environ = SameForAll(make)
    one, other = environ("server"), environ("server")
    one["REQUEST_METHOD"] = "GET"
    assert other == {"wsgi.version": (1, 0)}
    assert made == ["server"]


def test_a_peer_is_looked_at_once_for_each_list_and_strangers_do_not_pile_up() -> None:
    looked: list[str] = []

    def look(address: str, allowed: list[str], networks: Any) -> bool:
        looked.append(address)
        return address in allowed

    trusted = SamePeer(look)
    assert [trusted("127.0.0.1", ["127.0.0.1"], None), trusted("127.0.0.1", ["127.0.0.1"], None)] == [True, True]
    assert not trusted("127.0.0.1", ["10.0.0.1"], None)
    assert not trusted("10.0.0.9", ["10.0.0.1"], None)
    assert looked == ["127.0.0.1", "127.0.0.1", "10.0.0.9"]
    for number in range(3 * PEERS):
        trusted(f"10.1.{number // 256}.{number % 256}", ["127.0.0.1"], None)
        assert len(trusted._known) <= PEERS
    assert trusted("127.0.0.1", ["127.0.0.1"], None)
