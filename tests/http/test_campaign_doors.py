"""Campaign's internal doors and the gateway's client of them, over a real socket."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from services.campaign.adapters.notifier_http import NotifierHttp as CampaignsNotifier
from services.campaign.http.app import create_app
from services.contracts import commands_v1 as c
from services.contracts.codes import Refused
from services.contracts.notifier_port import Handover
from services.contracts.wire import to_wire
from services.gateway.clients.campaign_http import CampaignHttp
from services.gateway.clients.notifier_http import NotifierHttp as GatewaysNotifier
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.health import Health
from services.kit.internal_http import SECRET_HEADER
from services.kit.metrics import Metrics
from services.notifier.adapters.campaign_http import CampaignQuestions
from services.notifier.http import app as notifier_door
from tests.support.campaign_databases import BACKENDS
from tests.support.campaign_house import House, Person

SECRET = "shared-by-the-services"


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    opened = House(tmp_path / "campaign", backend=request.param)
    yield opened
    opened.close()


@pytest.fixture
def li(house: House) -> Person:
    li = house.person("li.wei@example.org", "李薇")
    li.launches()
    li.publishes()
    return li


@pytest.fixture
def door(house: House) -> FlaskClient:
    return create_app(house.service, SECRET).test_client()


@pytest.fixture
def address(house: House) -> Iterator[str]:
    app = create_app(house.service, SECRET)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def far(address: str) -> Iterator[CampaignHttp]:
    client = CampaignHttp(address, SECRET)
    yield client
    client.close()


HEADERS = {SECRET_HEADER: SECRET}


def joining(campaign: str, n: int) -> c.Request:
    return c.Request(c.JoinCampaign(UUID(campaign), f"member-{n}@example.org", f"成员{n}", "zh-CN"))


def test_without_the_secret_nothing_answers(door: FlaskClient) -> None:
    for headers in ({}, {SECRET_HEADER: "guessed"}):
        assert door.post("/internal/commands", json=[], headers=headers).status_code == 404
        assert door.post("/internal/queries", json={}, headers=headers).status_code == 404


def test_an_app_without_a_secret_is_not_made(house: House) -> None:
    with pytest.raises(ValueError, match="secret"):
        create_app(house.service, "")


def test_each_item_of_a_batch_is_answered_on_its_own(door: FlaskClient, li: Person) -> None:
    good = to_wire(joining(li.campaign, 1))
    closed = to_wire(joining(str(uuid4()), 2))
    strange = {"command": "DropTables", "args": {}}
    answers = door.post("/internal/commands", json=[good, closed, strange, good], headers=HEADERS).json
    assert answers == [
        {"answer": {}},
        {"refused": {"code": "not-found", "facts": {}}},
        {"refused": {"code": "bad-json", "facts": {}}},
        {"answer": {}},
    ]


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"\xff"])
def test_a_body_that_is_no_batch_is_refused(door: FlaskClient, body: bytes) -> None:
    assert door.post("/internal/commands", data=body, headers=HEADERS).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"query": "casework"},
        {"query": "my-campaigns", "args": [1]},
        {"query": "casework", "args": {}, "caller": {"x": 1}},
        {"query": "casework", "args": {}, "caller": {"person": "nobody"}},
    ],
)
def test_a_body_that_is_no_query_is_refused(door: FlaskClient, body: object) -> None:
    assert door.post("/internal/queries", json=body, headers=HEADERS).status_code == 400


def test_unknown_paths_and_methods_are_refused_as_values(door: FlaskClient) -> None:
    answer = door.get("/internal/nowhere", headers=HEADERS)
    assert (answer.status_code, answer.json) == (404, {"refused": {"code": "not-found", "facts": {}}})
    assert door.get("/internal/commands", headers=HEADERS).status_code == 405


def test_the_client_brings_answers_refusals_and_queries_home(far: CampaignHttp, house: House, li: Person) -> None:
    assert far.execute(joining(li.campaign, 1)) == {}
    with pytest.raises(Refused) as refused:
        far.execute(c.Request(c.PublishCampaign(UUID(li.campaign)), li.caller))
    assert (refused.value.code, refused.value.facts["state"]) == ("already-published", "open")
    assert far.ask("join-page", c.Caller(), {"campaign": li.campaign})["title"] == "青禾钱包重复扣款"
    assert far.ask("console", li.caller, {"campaign": li.campaign})["counts"]["pending"] == 1
    with pytest.raises(Refused, match="not-found"):
        far.ask("console", c.Caller("ab" * 32), {"campaign": li.campaign})


def test_concurrent_commands_each_get_their_own_answer(far: CampaignHttp, li: Person) -> None:
    outcomes: dict[int, object] = {}

    def joins(n: int) -> None:
        campaign = li.campaign if n % 5 else str(uuid4())
        try:
            outcomes[n] = far.execute(joining(campaign, n))
        except Refused as refusal:
            outcomes[n] = refusal.code

    threads = [threading.Thread(target=joins, args=(n,)) for n in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {n: {} if n % 5 else "not-found" for n in range(60)}
    assert li.asks("console")["counts"]["pending"] == 48


def test_a_file_goes_in_and_comes_out_as_it_was(far: CampaignHttp, house: House, li: Person) -> None:
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    content = "对话\n".encode() * 50_000
    command = c.SubmitEvidence(UUID(li.campaign), "communication", "对话.txt", "text/plain")
    answer = far.execute(c.Request(command, wang.caller), io.BytesIO(content))
    assert answer["size"] == len(content)
    file = far.open_file(wang.caller, li.campaign, answer["evidence"], redacted=False)
    assert (file.file_name, file.media_type, file.size) == ("对话.txt", "text/plain", len(content))
    assert b"".join(file.chunks) == content
    with pytest.raises(Refused, match="not-found"):
        far.open_file(c.Caller("ab" * 32), li.campaign, answer["evidence"], redacted=False)


def test_a_file_that_is_too_large_is_refused_while_it_streams(far: CampaignHttp, house: House, li: Person) -> None:
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    command = c.SubmitEvidence(UUID(li.campaign), "communication", "long.txt", "text/plain")
    with pytest.raises(Refused, match="file-too-large"):
        far.execute(c.Request(command, wang.caller), io.BytesIO(b"a" * (11 * 1024 * 1024)))


def test_the_export_comes_whole(far: CampaignHttp, house: House, li: Person) -> None:
    assert b"".join(far.export(li.campaign)).startswith(b"PK")
    draft = house.person("draft@example.org", "草稿").launches()
    for campaign in (draft, str(uuid4()), "../x"):
        with pytest.raises(Refused, match="not-found"):
            b"".join(far.export(campaign))


def test_a_campaign_that_is_away_is_a_temporary_failure() -> None:
    client = CampaignHttp("http://127.0.0.1:1", SECRET)
    with pytest.raises(TemporaryFailure, match="campaign-away"):
        client.ask("casework", c.Caller(), {})
    with pytest.raises(TemporaryFailure, match="campaign-away"):
        client.execute(joining(str(uuid4()), 1))
    client.close()


def test_a_wrong_secret_is_refused(address: str) -> None:
    stranger = CampaignHttp(address, "guessed")
    with pytest.raises(Refused, match="not-found"):
        stranger.ask("casework", c.Caller(), {})
    stranger.close()


def test_notifier_asks_its_questions_over_http(address: str, house: House, li: Person) -> None:
    wang = house.person("wang@example.org", "王强")
    wang.joins(li.campaign)
    questions = CampaignQuestions(address, SECRET)
    asks = [{"recipient": wang.subject, "event": None, "link": "confirm"}]
    (found,) = questions.ask("recipients", c.Caller(), {"campaign": li.campaign, "asks": asks})
    assert found["email"] == "wang@example.org"
    with pytest.raises(Refused, match="not-found"):
        questions.ask("nothing", c.Caller(), {})
    questions.close()


class Notifier:
    def __init__(self) -> None:
        self.taken: list[Handover] = []

    def hand_over(self, mail: Handover) -> None:
        if mail.kind == "busy":
            raise TemporaryFailure("database-busy")
        if "@" not in mail.email:
            raise PermanentFailure("address-malformed")
        self.taken.append(mail)

    def unsubscribe(self, token: str) -> bool:
        return token == "known"


@pytest.mark.parametrize("kind", [CampaignsNotifier, GatewaysNotifier])
def test_mails_are_handed_over_through_notifiers_door(kind: type[CampaignsNotifier | GatewaysNotifier]) -> None:
    notifier = Notifier()
    app = notifier_door.create_app(notifier_door.Doors(cast(Any, notifier), Health({}), Metrics()), SECRET)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    client = kind(f"http://127.0.0.1:{server.port}", SECRET)
    mail = Handover("1", "already-joined", "wang@example.org", "zh-CN", {"n": 1}, str(uuid4()))
    client.hand_over(mail)
    assert notifier.taken == [mail]
    with pytest.raises(TemporaryFailure, match="notifier-away"):
        client.hand_over(replace(mail, kind="busy"))
    with pytest.raises(PermanentFailure, match="address-malformed"):
        client.hand_over(replace(mail, email="nowhere"))
    if isinstance(client, GatewaysNotifier):
        assert (client.unsubscribe("known"), client.unsubscribe("other")) == (True, False)
    client.close()
    server.shutdown()
    thread.join()
    server.server_close()
