"""A call to another service whose process goes away at the worst moment: never done twice unless that is harmless."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from typing import cast

import pytest

from services.kit.failures import TemporaryFailure
from services.kit.internal_http import InternalHttp
from services.kit.kept_connections import SHORT, Way

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Flaky:
    """Answers each connection's first request by its script: `answer`, `reset` after reading it, `away` (503)."""

    def __init__(self, *script: str) -> None:
        self.script = list(script)
        self.read = 0
        self._door = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._door.getsockname()[1]}"

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._door.accept()
            except OSError:
                return
            with connection:
                if not connection.recv(65536):
                    continue
                self.read += 1
                match self.script.pop(0):
                    case "answer":
                        connection.sendall(OK)
                    case "away":
                        connection.sendall(OK.replace(b"200 OK", b"503 Busy"))
                    case _:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.fixture
def flaky(request: pytest.FixtureRequest) -> Iterator[Flaky]:
    one = Flaky(*request.param)
    yield one
    one.close()


def ask(one: Flaky, harmless: bool) -> bytes:
    http = InternalHttp(one.url, "secret", "campaign-away")
    try:
        return http.call("POST", "/internal/queries", b"{}", harmless=harmless)[1]
    finally:
        http.close()


@pytest.mark.parametrize("flaky", [("reset", "answer")], indirect=True)
def test_a_question_that_broke_off_is_asked_once_more(flaky: Flaky) -> None:
    assert (ask(flaky, harmless=True), flaky.read) == (b"ok", 2)


@pytest.mark.parametrize("flaky", [("reset", "reset", "answer")], indirect=True)
def test_but_not_for_ever(flaky: Flaky) -> None:
    with pytest.raises(TemporaryFailure, match="campaign-away"):
        ask(flaky, harmless=True)
    assert flaky.read == 2


@pytest.mark.parametrize("flaky", [("reset", "answer")], indirect=True)
def test_a_command_that_broke_off_is_never_repeated(flaky: Flaky) -> None:
    with pytest.raises(TemporaryFailure, match="campaign-away") as failure:
        ask(flaky, harmless=False)
    assert (flaky.read, failure.value.retry_after) == (1, 2.0)


@pytest.mark.parametrize("flaky", [("away", "answer")], indirect=True)
def test_a_server_that_says_it_is_busy_is_believed(flaky: Flaky) -> None:
    with pytest.raises(TemporaryFailure):
        ask(flaky, harmless=True)
    assert flaky.read == 1


def test_a_command_that_was_never_sent_is_sent_once_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    came = threading.Event()

    def come() -> None:
        """The other process listens a moment later."""
        came.wait(0.05)
        one = socket.create_server(("127.0.0.1", port))
        connection, _ = one.accept()
        connection.recv(65536)
        connection.sendall(OK)
        connection.close()
        one.close()

    late = threading.Thread(target=come)
    late.start()
    http = InternalHttp(f"http://127.0.0.1:{port}", "secret", "campaign-away")
    assert http.call("POST", "/internal/commands", b"[]") == (200, b"ok")
    http.close()
    late.join()


def test_a_kept_connection_that_the_server_closed_meanwhile_is_not_used() -> None:
    """Else a command would break off that was never done."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        http = InternalHttp(f"http://127.0.0.1:{door.getsockname()[1]}", "secret", "campaign-away")
        for _ in range(2):
            served = threading.Thread(target=_answer_and_close, args=(door,))
            served.start()
            assert http.call("POST", "/internal/commands", b"[]") == (200, b"ok")
            served.join()
        http.close()


def _answer_and_close(door: socket.socket) -> None:
    connection, _ = door.accept()
    connection.recv(65536)
    connection.sendall(OK)
    connection.close()


def test_one_connection_serves_one_request_after_another_and_pieces_too() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            connection, _ = door.accept()
            with connection:
                for _ in range(3):
                    heard.append(connection.recv(65536))
                    connection.sendall(OK)

        served = threading.Thread(target=serve)
        served.start()
        http = InternalHttp(f"http://127.0.0.1:{door.getsockname()[1]}/under", "secret", "campaign-away")
        http.call("GET", "/one")
        assert b"".join(http.stream("GET", "/two", {})[2]) == b"ok"
        http.call("GET", "/three")
        served.join()
        http.close()
    assert [first.split(b" ")[1] for first in heard] == [b"/under/one", b"/under/two", b"/under/three"]


def test_an_answer_given_before_the_whole_body_was_sent_counts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:

        def refuse() -> None:
            connection, _ = door.accept()
            connection.recv(10)
            connection.sendall(OK.replace(b"200 OK", b"413 Too Large"))
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
            connection.close()

        served = threading.Thread(target=refuse)
        served.start()
        http = InternalHttp(f"http://127.0.0.1:{door.getsockname()[1]}", "secret", "campaign-away")
        assert http.call("PUT", "/internal/evidence", iter([b"x" * 65536] * 20)) == (413, b"ok")
        http.close()
        served.join()


class Wire:
    """A connection that remembers what was sent at once."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.sent.append(bytes(data))

    def close(self) -> None:
        pass


def test_a_short_request_leaves_in_one_piece_and_a_long_one_is_not_copied() -> None:
    def sent(body: bytes | Iterator[bytes]) -> list[bytes]:
        way, wire = Way("campaign"), Wire()
        way.sock = cast(socket.socket, wire)
        way.request("POST", "/internal/commands", body, {"X-Chorus-Secret": "open"})
        return wire.sent

    (whole,) = sent(b"[1, 2]")
    assert whole.startswith(b"POST /internal/commands HTTP/1.1\r\n")
    assert whole.endswith(b"Content-Length: 6\r\nX-Chorus-Secret: open\r\n\r\n[1, 2]")
    head, *rest = sent(b"x" * (SHORT + 1))
    assert head.endswith(b"\r\n\r\n")
    assert b"".join(rest) == b"x" * (SHORT + 1)
    assert len(sent(iter([b"one", b"two"]))) > 2
