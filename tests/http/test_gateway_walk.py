"""The first walk through the door: sign in, launch, publish, join, confirm, see progress."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contracts import commands_v1 as c
from tests.support.gateway_house import CAMPAIGN, GatewayHouse, a_gateway

LAUNCH = {
    "jurisdiction": "cn",
    "title": "OK钱包:账户被盗",
    "provider": {"name": "OK钱包", "kind": "payment-institution"},
    "problem": "account_stolen",
    "summary": "余额被转走",
    "demands": [{"kind": "compensate", "text": "赔付被盗资金"}],
    "organizer_name": "何静",
}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[GatewayHouse]:
    house = a_gateway(tmp_path)
    yield house
    house.service.close()
    house.stream.close()


def test_from_sign_in_to_progress(house: GatewayHouse) -> None:
    token = house.sign_in("he.jing@example.org")
    house.campaign.answers["LaunchCampaign"] = {"campaign": str(CAMPAIGN), "version": 1}
    launched = house.post("/campaigns", LAUNCH, token)
    assert (launched.status_code, launched.json) == (201, {"campaign": str(CAMPAIGN), "version": 1})
    command = house.campaign.commands[-1]
    assert isinstance(command, c.LaunchCampaign)
    assert command.organizer_email == "he.jing@example.org"
    assert command.timezone == "Asia/Shanghai"
    assert command.demands == [c.Demand("compensate", "赔付被盗资金")]

    assert house.post(f"/campaigns/{CAMPAIGN}/publish", None, token, If_Match='"1"').status_code == 200
    assert house.campaign.requests[-1].expected_version == 1

    body = {"email": "ma.chao@example.org", "name": "马超", "locale": "zh-CN", "consent": True}
    joined = house.post(f"/campaigns/{CAMPAIGN}/members", body)
    assert joined.status_code == 202
    assert joined.json == {"status": "pending", "warnings": [{"topic": "account-theft-urgent-steps", "text": "先冻结"}]}
    assert house.campaign.commands[-1] == c.JoinCampaign(CAMPAIGN, "ma.chao@example.org", "马超", "zh-CN")

    told = {"campaign": str(CAMPAIGN), "subject": str(CAMPAIGN), "first": True, "person": "ab" * 32}
    house.campaign.answers["ConfirmMembership"] = {**told, "email": "ma.chao@example.org", "locale": "zh-CN"}
    confirmed = house.post("/confirmations", {"token": "t" * 43})
    assert confirmed.status_code == 200 and confirmed.json["first"] is True
    me = house.get("/me", confirmed.json["session"])
    assert me.json["signed_in"] is True and me.json["email"] == "ma.chao@example.org"

    assert house.get(f"/campaigns/{CAMPAIGN}/progress").status_code == 404
    house.shows()
    progress = house.get(f"/campaigns/{CAMPAIGN}/progress")
    assert progress.status_code == 200 and progress.json["members_confirmed"] == 2
    assert progress.headers["Access-Control-Allow-Origin"] == "*"
