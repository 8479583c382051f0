"""Joining: the door through which everybody comes at once; one constant answer, little work for the usual body."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.contracts import commands_v1 as c
from services.contracts.codes import Refused
from services.gateway.api import reading
from services.gateway.api.routes import joining
from services.gateway.api.schemas import Join
from services.kit.failures import TemporaryFailure
from tests.support.gateway_house import CAMPAIGN, JOIN_PAGE, GatewayHouse, a_gateway

PATH = f"/campaigns/{CAMPAIGN}/members"
BODY = {"email": "ma.chao@example.org", "name": "马超", "locale": "zh-CN", "consent": True}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[GatewayHouse]:
    house = a_gateway(tmp_path)
    yield house
    house.service.close()
    house.stream.close()


def test_the_answer_is_the_same_for_everybody_and_asked_for_once(house: GatewayHouse) -> None:
    answers = {house.post(PATH, {**BODY, "email": f"m{n}@example.org"}).data for n in range(5)}
    assert len(answers) == 1
    assert [query for query, _, _ in house.campaign.asked] == ["join-page"]
    english = house.post(f"{PATH}?lang=en", BODY)
    assert english.json["warnings"] == [{"topic": "account-theft-urgent-steps", "text": "Freeze first"}]


def test_no_session_is_looked_up_and_the_caller_is_nobody(house: GatewayHouse) -> None:
    house.post(PATH, BODY, token="x" * 43, Idempotency_Key="again")
    sent = house.campaign.requests[-1]
    assert (sent.caller, sent.idempotency_key) == (c.Caller(), "again")


def test_warnings_are_there_as_soon_as_the_campaign_is_public(house: GatewayHouse) -> None:
    house.campaign.answers["join-page"] = Refused("not-found")
    house.campaign.answers["JoinCampaign"] = Refused("campaign-not-open", {"state": "draft"})
    assert house.post(PATH, BODY).json["code"] == "campaign-not-open"
    house.campaign.answers = {"join-page": JOIN_PAGE}
    assert house.post(PATH, BODY).json["warnings"][0]["topic"] == "account-theft-urgent-steps"


def test_a_campaign_too_busy_to_answer_again_turns_nobody_away(
    house: GatewayHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "KEPT_SECONDS", 0.0)
    first = house.post(PATH, BODY)
    house.campaign.answers["join-page"] = TemporaryFailure("views-behind", retry_after=1)
    again = house.post(PATH, {**BODY, "email": "he.jing@example.org"})
    assert (again.status_code, again.data) == (202, first.data)
    assert [query for query, _, _ in house.campaign.asked] == ["join-page", "join-page"]


ACCEPT = reading.quick(Join())


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"name": "Anna-Marie O'Neill"},
        {"name": "阿不都·热合曼"},
        {"name": "Zoë Müller"},
        {"email": "first.last+tag@mail.example.co.uk"},
        {"locale": "en"},
    ],
)
def test_the_usual_body_is_accepted_cheaply_and_as_the_schema_has_it(change: dict[str, Any]) -> None:
    body = {**BODY, **change}
    assert ACCEPT(body) == body == reading.load(Join(), body)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "e\u0301"},
        {"name": " 马超"},
        {"name": "马超\n"},
        {"name": "x" * 81},
        {"name": ""},
        {"name": 1},
        {"email": "a@b"},
        {"email": "+5@example.org"},
        {"email": "a@localhost"},
        {"email": "a@example.invalid"},
        {"email": "a..b@example.org"},
        {"email": ".a@example.org"},
        {"email": "a@-x.org"},
        {"email": "a@example.org\n"},
        {"email": "李@例子.中国"},
        {"email": "a@example.org, b@example.org"},
        {"email": "a@" + "x" * 300 + ".org"},
        {"locale": "fr"},
        {"consent": 1},
        {"consent": False},
        {"role": "organizer"},
    ],
)
def test_whatever_is_doubtful_is_left_to_the_schema(change: dict[str, Any]) -> None:
    assert ACCEPT({**BODY, **change}) is None
    assert ACCEPT([]) is None and ACCEPT({}) is None


@pytest.mark.parametrize(
    "email",
    [
        "a@b",
        "a@localhost",
        "a..b@example.org",
        "a@example.org, b@example.org",
        "a\r\nBcc: b@example.org",
        "@x.org",
        "a@x.invalid",
    ],
)
def test_no_address_that_mail_could_not_go_to(house: GatewayHouse, email: str) -> None:
    answer = house.post(PATH, {**BODY, "email": email})
    assert answer.status_code == 422 and house.campaign.requests == []
    assert email.encode() not in answer.data


def test_an_address_of_another_script_is_taken_and_the_name_composed(house: GatewayHouse) -> None:
    assert house.post(PATH, {**BODY, "email": "李@例子.中国", "name": "  Zoe\u0308 "}).status_code == 202
    command = house.campaign.commands[-1]
    assert isinstance(command, c.JoinCampaign)
    assert (command.email, command.name) == ("李@例子.中国", "Zoë")
