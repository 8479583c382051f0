"""The short way of a plain join: the same answer as the usual way, and the usual way for everything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from services.contracts import commands_v1 as c
from services.contracts.codes import Refused
from services.gateway.api.lane import JoinLane
from services.kit.failures import TemporaryFailure
from tests.support.gateway_house import BASE, CAMPAIGN, GatewayHouse, a_gateway

URL = f"/api/v1/campaigns/{CAMPAIGN}/members"
BODY = {"email": "ma.chao@example.org", "name": "马超", "locale": "zh-CN", "consent": True}
USUAL = {"X-Request-Id": "asks-for-the-usual-way"}


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayHouse]:
    house = a_gateway(tmp_path)
    house.taken = []  # type: ignore[attr-defined]
    real = JoinLane._join

    def watched(lane: JoinLane, *args: Any) -> bytes | None:
        body = real(lane, *args)
        house.taken.append(body is not None)  # type: ignore[attr-defined]
        return body

    monkeypatch.setattr(JoinLane, "_join", watched)
    post(house, headers=USUAL)
    house.campaign.requests.clear()
    yield house
    house.service.close()
    house.stream.close()


def post(
    house: GatewayHouse, body: object = BODY, url: str = URL, headers: dict[str, str] | None = None
) -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    told = {"Content-Type": "application/json", "Host": urlsplit(BASE).netloc, **(headers or {})}
    client = house.service.app.test_client(use_cookies=False)
    return client.post(url, data=data, headers=told)


def shown(response: TestResponse) -> tuple[int, bytes, list[tuple[str, str]]]:
    return response.status_code, response.data, sorted(h for h in response.headers if h[0] != "X-Request-Id")


@pytest.mark.parametrize("language", [{}, {"Accept-Language": "en"}, {"Accept-Language": "zh-CN"}])
def test_both_ways_answer_alike_and_send_the_same_command(house: GatewayHouse, language: dict[str, str]) -> None:
    post(house, headers=USUAL | language)
    house.campaign.requests.clear()
    house.taken.clear()  # type: ignore[attr-defined]
    short, usual = post(house, headers=language), post(house, headers=USUAL | language)
    assert shown(short) == shown(usual)
    assert short.status_code == 202
    assert len(short.headers["X-Request-Id"]) == 36
    assert house.taken == [True]  # type: ignore[attr-defined]
    first, second = house.campaign.requests
    assert (first.correlation, second.correlation) == (short.headers["X-Request-Id"], usual.headers["X-Request-Id"])
    unnamed = [replace(request, correlation=None) for request in (first, second)]
    assert unnamed == [c.Request(c.JoinCampaign(CAMPAIGN, "ma.chao@example.org", "马超", "zh-CN"))] * 2


@pytest.mark.parametrize(
    ("body", "headers", "url"),
    [
        ({**BODY, "consent": False}, {}, URL),
        ({**BODY, "email": "nobody"}, {}, URL),
        ({**BODY, "more": 1}, {}, URL),
        (b'{"email": 1, "email": 2}', {}, URL),
        (b"\xff", {}, URL),
        (b"", {}, URL),
        (BODY, {"Host": "evil.example"}, URL),
        (BODY, {"Content-Type": "text/plain"}, URL),
        (BODY, {"Idempotency-Key": "k-1"}, URL),
        (BODY, {"Cookie": "a=b"}, URL),
        (BODY, {"Authorization": "Bearer x"}, URL),
        (BODY, {"Accept-Language": "fr, en;q=0.5"}, URL),
        (BODY, {}, URL + "?lang=en"),
        (BODY, {}, URL.replace("members", "memberz")),
        ({**BODY, "name": "x" * 5000}, {}, URL),
    ],
)
def test_what_is_not_plain_takes_the_usual_way(
    house: GatewayHouse, body: object, headers: dict[str, str], url: str
) -> None:
    house.taken.clear()  # type: ignore[attr-defined]
    house.campaign.requests.clear()
    short, usual = post(house, body, url, headers), post(house, body, url, USUAL | headers)
    assert True not in house.taken  # type: ignore[attr-defined]
    without_instance = [
        {name: value for name, value in (response.json or {}).items() if name != "instance"}
        for response in (short, usual)
    ]
    assert (short.status_code, without_instance[0]) == (usual.status_code, without_instance[1])
    assert short.status_code != 500


@pytest.mark.parametrize(
    ("failure", "status"), [(Refused("campaign-not-open"), 409), (TemporaryFailure("store-busy", retry_after=1), 503)]
)
def test_a_refusal_is_told_by_the_usual_way(house: GatewayHouse, failure: Exception, status: int) -> None:
    house.campaign.answers["JoinCampaign"] = failure
    response = post(house)
    assert response.status_code == status
    assert response.content_type == "application/problem+json"


def test_a_counted_join_looks_like_any_other(house: GatewayHouse) -> None:
    def count() -> float:
        text = house.service.services.metrics.render().decode()
        line = [one for one in text.splitlines() if one.startswith("chorus_http_requests_total") and "/members" in one]
        return float(line[0].rsplit(" ", 1)[1]) if line else 0.0

    before = count()
    post(house)
    post(house, headers=USUAL)
    assert count() == before + 2


def test_behind_a_proxy_that_names_its_requests_the_short_way_is_taken_under_that_name(house: GatewayHouse) -> None:
    house.taken.clear()  # type: ignore[attr-defined]
    house.campaign.requests.clear()
    name = "5f1c3f0a-9e5b-4d6c-8a7b-6c5d4e3f2a1b"
    answer = post(house, headers={"X-Request-Id": name})
    assert house.taken == [True]  # type: ignore[attr-defined]
    assert answer.headers["X-Request-Id"] == name
    assert [request.correlation for request in house.campaign.requests] == [name]


def test_a_length_behind_zeros_is_not_read_at_once(house: GatewayHouse) -> None:
    """What a server lets pass as a number must not make this way read as much as somebody likes to send."""
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": URL, "CONTENT_TYPE": "application/json",
        "HTTP_HOST": urlsplit(BASE).netloc, "CONTENT_LENGTH": "00001099999999",
    }  # fmt: skip
    lane: Any = house.service.app.wsgi_app
    while not isinstance(lane, JoinLane):
        lane = lane.__dict__.get("_usual") or lane.__dict__["app"]
    assert lane._plainly_a_join(environ) is None
    assert lane._plainly_a_join({**environ, "CONTENT_LENGTH": "109"}) is not None
