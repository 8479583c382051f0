"""Behind the internal doors, too, a line of the log names the request of the person that it goes back to."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import orjson
import pytest
import structlog
from flask import Flask

from services.campaign.http.batches import Batches
from services.contracts.commands_v1 import ConfirmMembership, JoinCampaign, Request
from services.contracts.wire import to_wire
from services.kit import logs
from services.kit.ids import new_id
from services.kit.internal_doors import name_requests
from services.kit.internal_http import InternalHttp

NAMED, OTHER = (str(new_id()) for _ in range(2))
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    root, before, out = logging.getLogger(), structlog.get_config(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    logs.configure("campaign-web", stream=out)
    yield lambda: [orjson.loads(line) for line in out.getvalue().splitlines()]
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


class Breaks:
    """A campaign in which everything breaks, begun or executed."""

    def begin(self, request: Request) -> Callable[[], Any] | None:
        return self._break if isinstance(request.command, JoinCampaign) else None

    def execute(self, request: Request, body: object = None) -> dict[str, Any]:
        raise RuntimeError(request)

    def _break(self) -> Any:
        raise RuntimeError


def test_what_breaks_in_a_batch_names_the_request_of_each_item(lines: Lines) -> None:
    join, confirm = JoinCampaign(new_id(), "a@example.org", "a", "en"), ConfirmMembership("t" * 43)
    items = [to_wire(Request(join, correlation=NAMED)), to_wire(Request(confirm, correlation=OTHER)), "no command"]
    answers = Batches(Breaks()).execute(items)  # type: ignore[arg-type]
    assert [answer["refused"]["code"] for answer in answers] == ["internal", "internal", "bad-json"]
    assert [line.get("correlation_id") for line in lines()] == [NAMED, OTHER]


def test_a_call_says_for_whom_it_is(lines: Lines) -> None:
    came: list[str | None] = []

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append(self.headers.get("X-Request-Id"))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    http = InternalHttp(f"http://127.0.0.1:{server.server_port}", "s" * 32, "away")
    with logs.correlated(NAMED):
        http.call("GET", "/")
    http.call("GET", "/")
    http.close()
    server.shutdown()
    server.server_close()
    assert came == [NAMED, None]


def test_a_door_logs_under_that_name_and_forgets_it(lines: Lines) -> None:
    app = Flask("door")
    name_requests(app)

    @app.get("/")
    def said() -> str:
        logs.logger("door").info("served")
        return ""

    app.test_client().get("/", headers={"X-Request-Id": NAMED})
    app.test_client().get("/")
    assert [line.get("correlation_id") for line in lines()] == [NAMED, None]
    assert logs.correlation() is None
