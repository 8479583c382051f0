"""An operator greps one id: from the line of the request that a person made to the line of the mail that they got."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.load.people import LAUNCH, a_join, mailed_token, published
from tests.load.running import Answer, Door, Server

START = "2026-03-02T09:00:00+08:00"


class Operator:
    """Reads the log, as files of lines."""

    def __init__(self, server: Server, door: Door) -> None:
        self.server, self.door = server, door

    def settles(self) -> None:
        assert self.door.send("POST", "/_clock/settle").status == 200

    def greps(self, request: str) -> list[dict[str, Any]]:
        text = self.server.log.read_text(errors="replace")
        return [json.loads(line) for line in text.splitlines() if request in line and line.startswith("{")]

    def mails_behind(self, answer: Answer) -> list[str]:
        """Kinds of the mails that went out because of this request."""
        self.settles()
        lines = self.greps(answer.headers["x-request-id"])
        assert [line["status"] for line in lines if line["event"] == "request"] == [answer.status]
        assert all("@" not in json.dumps(line) for line in lines)
        return [line["kind"] for line in lines if line["event"] == "mail sent"]


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    folder = tmp_path_factory.mktemp("grep")
    server = Server(folder / "data", "--settable-clock", START, module="tests.support.talkative_server")
    server.start()
    try:
        with Door(server.port) as door:
            yield Operator(server, door)
    finally:
        server.stop()


@pytest.fixture(scope="module")
def session(operator: Operator) -> str:
    answer = operator.door.send("POST", "/api/v1/sign-in-links", {"email": "he.jing@example.org"})
    assert operator.mails_behind(answer) == ["sign-in"]
    token = mailed_token(operator.door, "he.jing@example.org", "sign-in")
    told = {"token": token, "browser": answer.json["browser"]}
    return str(operator.door.api("POST", "/sessions", told)["session"])


@pytest.fixture(scope="module")
def campaign(operator: Operator, session: str) -> str:
    return published(operator.door, session)


def test_from_a_join_to_its_confirmation_and_from_that_to_the_welcome(operator: Operator, campaign: str) -> None:
    joined = operator.door.send("POST", f"/api/v1/campaigns/{campaign}/members", a_join("zhao.min@example.org"))
    assert joined.status == 202 and operator.mails_behind(joined) == ["confirmation"]
    token = mailed_token(operator.door, "zhao.min@example.org", "confirmation")
    confirmed = operator.door.send("POST", "/api/v1/confirmations", {"token": token})
    assert confirmed.status < 300 and operator.mails_behind(confirmed) == ["welcome"]


def test_from_a_second_join_to_the_mail_that_follows_from_no_event(operator: Operator, campaign: str) -> None:
    body = a_join("qian.li@example.org")
    for expected in ("confirmation", "confirmation"):
        answer = operator.door.send("POST", f"/api/v1/campaigns/{campaign}/members", body)
        assert operator.mails_behind(answer) == [expected]


def test_no_id_of_a_request_is_public(operator: Operator, campaign: str) -> None:
    joined = operator.door.send("POST", f"/api/v1/campaigns/{campaign}/members", a_join("sun.yi@example.org"))
    operator.settles()
    request = joined.headers["x-request-id"].encode()
    public = [
        operator.door.get(path).body
        for path in (
            f"/c/{campaign}",
            f"/c/{campaign}/history",
            f"/api/v1/campaigns/{campaign}/progress",
            f"/api/v1/campaigns/{campaign}/feed.json",
            f"/api/v1/campaigns/{campaign}/export",
        )
    ]
    leaves = b"".join(path.read_bytes() for path in Path(operator.server.data).rglob("stream.db*"))
    assert request in leaves, "the record on the stream names it"
    assert all(request not in body for body in public) and str(LAUNCH["title"]).encode() in public[0]
