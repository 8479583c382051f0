"""What every response carries, who may write with a cookie, what a failure shows, what the log does not."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient
from gunicorn.http.errors import InvalidChunkSize

from services.contracts.codes import CODES, Refused
from services.gateway.accounts.current import remember, services
from services.gateway.app_headers import EVERYWHERE
from services.kit import logs
from services.kit.failures import TemporaryFailure
from tests.support.gateway_house import BASE, CAMPAIGN, GatewayHouse, a_gateway

ME = f"/campaigns/{CAMPAIGN}/me"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[GatewayHouse]:
    house = a_gateway(tmp_path)
    yield house
    house.service.close()
    house.stream.close()


def signed_in_by_cookie(app: Flask, house: GatewayHouse) -> FlaskClient:
    """As a page signs in: the session's cookie, and a form's token in the other."""
    client = app.test_client()
    opened = house.service.services.accounts.sessions.open("ab" * 32, "ma.chao@example.org", "zh-CN")
    with app.test_request_context(base_url=BASE):
        response = app.response_class()
        remember(response, opened)
    cookies = {header.partition("=")[0]: header for header in response.headers.getlist("Set-Cookie")}
    assert "HttpOnly" in cookies["chorus"] and "SameSite=Lax" in cookies["chorus"]
    client.set_cookie("chorus", opened.token, domain="localhost")
    return client


@pytest.mark.parametrize(
    "path",
    ["/api/v1/casework", "/api/v1/nothing", "/nothing", "/health/live", "/api/v1/openapi.json", "/api/v1/campaigns"],
)
def test_security_headers_on_every_response(house: GatewayHouse, path: str) -> None:
    response = house.client().get(path, base_url=BASE)
    for name, value in EVERYWHERE.items():
        if name not in ("Cache-Control", "Cross-Origin-Resource-Policy"):
            assert response.headers[name] == value
    assert "Strict-Transport-Security" not in response.headers
    assert "Server-Timing" not in response.headers


def test_https_brings_hsts_and_host_cookies(tmp_path: Path) -> None:
    house = a_gateway(tmp_path, base_url="https://chorus.example")
    response = house.client().get("/api/v1/nothing", base_url="https://chorus.example")
    assert response.headers["Strict-Transport-Security"].startswith("max-age=63072000")
    opened = house.service.services.accounts.sessions.open("ab" * 32, "ma.chao@example.org", "zh-CN")
    with house.service.app.test_request_context(base_url="https://chorus.example"):
        answer = house.service.app.response_class()
        remember(answer, opened)
    cookie = answer.headers.getlist("Set-Cookie")[0]
    assert cookie.startswith("__Host-chorus=") and "Secure" in cookie and "Path=/" in cookie and "Domain" not in cookie
    house.service.close()
    house.stream.close()


@pytest.mark.parametrize("host", ["evil.example", "localhost:8000.evil.example", "127.0.0.1:8000", "localhost"])
def test_another_host_is_refused(house: GatewayHouse, host: str) -> None:
    response = house.client().get("/api/v1/casework", headers={"Host": host})
    assert response.status_code == 400 and response.json is not None and response.json["code"] == "bad-host"
    assert b"evil" not in response.data


def test_local_runs_answer_to_loopback_on_their_port(tmp_path: Path) -> None:
    house = a_gateway(tmp_path, base_url="http://192.0.2.1:8000", local=True)
    for host, status in (("127.0.0.1:8000", 200), ("localhost:8000", 200), ("localhost:9", 400)):
        assert house.client().get("/api/v1/casework", headers={"Host": host}).status_code == status
    house.service.close()
    house.stream.close()


def test_the_cookie_writes_only_from_our_own_page_with_its_token(house: GatewayHouse) -> None:
    app = house.service.app

    @app.get("/form")
    def form() -> str:
        from flask import render_template_string

        return render_template_string("{{ csrf_token() }}|{{ locale }}|{{ person.email }}")

    client = signed_in_by_cookie(app, house)
    token, locale, email = client.get("/form?lang=en", base_url=BASE).text.split("|")
    assert (locale, email) == ("en", "ma.chao@example.org")

    def write(**headers: str) -> Any:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.post(f"/api/v1{ME}/withdraw", headers=told, base_url=BASE)

    for headers in (
        {},
        {"Sec_Fetch_Site": "same-origin"},
        {"X_CSRFToken": token},
        {"X_CSRFToken": token, "Sec_Fetch_Site": "cross-site"},
        {"X_CSRFToken": token, "Sec_Fetch_Site": "same-site"},
        {"X_CSRFToken": token, "Origin": "http://evil.example"},
        {"X_CSRFToken": "forged", "Sec_Fetch_Site": "same-origin"},
    ):
        assert write(**headers).json["code"] == "csrf", headers
    assert house.campaign.requests == []
    assert write(X_CSRFToken=token, Sec_Fetch_Site="same-origin").status_code == 200
    assert write(X_CSRFToken=token, Origin=BASE).status_code == 200
    assert client.get(f"/api/v1{ME}", base_url=BASE).status_code == 200


def test_signing_out_ends_the_session_on_the_server(house: GatewayHouse) -> None:
    token = house.sign_in()
    assert house.send("DELETE", "/sessions/current", None, token).status_code == 204
    assert house.get("/me", token).json == {"signed_in": False, "campaigns": []}


def test_asking_for_a_link_tells_nothing_about_the_address(house: GatewayHouse) -> None:
    answers = [house.post("/sign-in-links", {"email": email}) for email in ("a@example.org", "nobody@example.net")]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert [set(answer.json) for answer in answers] == [{"browser"}, {"browser"}]
    for refused in (
        house.post("/sessions", {"token": "t" * 43}),
        house.post("/sessions", {"token": "t" * 43, "code": "ABCDEFGH"}),
    ):
        assert refused.status_code == 410 and refused.json["code"] == "token-invalid"


def test_the_token_alone_signs_nobody_in(house: GatewayHouse) -> None:
    house.post("/sign-in-links", {"email": "a@example.org", "locale": "en"})
    mail = house.notifier.newest("a@example.org")
    assert (mail.kind, mail.locale) == ("sign-in", "en")
    assert house.post("/sessions", {"token": mail.facts["token"]}).status_code == 410
    assert house.post("/sessions", dict(mail.facts)).status_code == 201


def test_the_operator_is_known_by_the_secret_of_the_installation(tmp_path: Path) -> None:
    house = a_gateway(tmp_path, operator_token="o" * 32)
    path = f"/campaigns/{CAMPAIGN}/suspend"
    assert house.post(path, {"reason": "abuse"}, "o" * 31).status_code == 401
    assert house.post(path, {"reason": "abuse"}, "o" * 32).status_code == 200
    assert house.campaign.requests[-1].caller.operator is True
    metrics = house.client().get("/metrics", base_url=BASE, headers={"Authorization": f"Bearer {'o' * 32}"})
    assert b"chorus_http_requests_total" in metrics.data
    assert house.client().get("/metrics", base_url=BASE).status_code == 404
    house.service.close()
    house.stream.close()


def test_each_refusal_of_campaign_has_its_status_and_words(house: GatewayHouse) -> None:
    token = house.sign_in("he.jing@example.org")
    for code, status in CODES.items():
        house.campaign.answers["PublishCampaign"] = Refused(code, {"campaign": "x", "email": "a@example.org"})
        answer = house.post(f"/campaigns/{CAMPAIGN}/publish?lang=en", None, token)
        assert (answer.status_code, answer.json["code"]) == (status, code)
        assert answer.json["title"] and answer.json["detail"] and "a@example.org" not in answer.text
        assert answer.json["type"] == f"/problems/{code}"
        page = house.client().get(f"/api/v1/problems/{code}", base_url=BASE)
        assert page.json is not None and page.json["status"] == status
    assert house.client().get("/api/v1/problems/nothing", base_url=BASE).status_code == 404


def test_every_code_has_words_in_both_languages(house: GatewayHouse) -> None:
    texts = house.service.services.texts
    wanted = {f"problem-{code}-{part}" for code in CODES for part in ("title", "detail")}
    for locale in ("zh-CN", "en"):
        assert wanted <= texts.keys(locale)


def test_away_and_broken_are_told_without_a_trace(house: GatewayHouse) -> None:
    house.campaign.answers["casework"] = TemporaryFailure("queue-full", retry_after=2.5)
    away = house.get("/casework")
    assert (away.status_code, away.headers["Retry-After"], away.json["code"]) == (503, "3", "too-busy")
    house.campaign.answers["casework"] = RuntimeError("secret detail of a@example.org")
    broken = house.get("/casework")
    assert (broken.status_code, broken.json["code"]) == (500, "internal")
    assert b"secret" not in broken.data and b"Traceback" not in broken.data
    house.campaign.answers["casework"] = {"jurisdictions": [], "problems": []}
    assert house.get("/casework").status_code == 200


def test_a_body_that_breaks_off_is_the_fault_of_whoever_sent_it(house: GatewayHouse) -> None:
    class Torn(io.RawIOBase):
        def readinto(self, buffer: Any) -> int:
            raise InvalidChunkSize(b"ZZ")

    answer = house.client().open(
        f"/api/v1{ME}/withdraw",
        base_url=BASE,
        method="POST",
        headers={"Authorization": f"Bearer {house.sign_in()}", "Content-Type": "application/json"},
        environ_overrides={"wsgi.input": Torn(), "wsgi.input_terminated": True},
    )
    assert answer.status_code == 400 and answer.json is not None and answer.json["code"] == "invalid"


@pytest.fixture
def usual_logs() -> Iterator[None]:
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


def test_the_log_names_routes_and_nothing_personal(house: GatewayHouse, usual_logs: None) -> None:
    out = io.StringIO()
    logs.configure("gateway", stream=out)
    token = house.sign_in("canary.person@example.org")
    house.get("/campaigns?q=canaryquery")
    house.post("/confirmations", {"token": "canarytoken" * 4})
    house.client().get("/sign-in/canarytokencanarytokencanarytoken", base_url=BASE)
    house.campaign.answers["my-record"] = RuntimeError("canary.person@example.org")
    house.get(ME, token, X_Request_Id="forged line {}")
    text = out.getvalue()
    assert "canary" not in text and token not in text and "127.0.0.1" not in text and "forged" not in text
    lines = [orjson.loads(line) for line in text.splitlines()]
    routes = [line["route"] for line in lines if line["event"] == "request"]
    assert "/api/v1/campaigns/<uuid:campaign>/me" in routes and "(none)" in routes


@pytest.mark.parametrize("given", ["5f1c3f0a9e5b4d6c8a7b6c5d4e3f2a1b", "5f1c3f0a-9e5b-4d6c-8a7b-6c5d4e3f2a1b"])
def test_the_id_of_a_request_is_taken_over_from_our_proxy_alone(tmp_path: Path, given: str) -> None:
    def answered(house: GatewayHouse, name: str) -> str:
        answer = house.client().get("/api/v1/campaigns", base_url=BASE, headers={"X-Request-Id": name})
        return answer.headers["X-Request-Id"]

    behind, alone = a_gateway(tmp_path / "behind"), a_gateway(tmp_path / "alone", proxies=("10.0.0.1",))
    assert answered(behind, given) == "5f1c3f0a-9e5b-4d6c-8a7b-6c5d4e3f2a1b"
    made = {answered(alone, given), answered(behind, "wang.fang-13800138000"), answered(behind, "a" * 33)}
    assert len(made) == 3 and all(UUID(each).version == 4 for each in made)
    for house in (behind, alone):
        house.service.close()
        house.stream.close()


def test_a_sign_in_mail_is_handed_over_under_the_id_of_its_request(house: GatewayHouse) -> None:
    answer = house.post("/sign-in-links", {"email": "he.jing@example.org"})
    assert house.notifier.newest("he.jing@example.org").correlation == answer.headers["X-Request-Id"]


def test_health_tells_which_check_fails(tmp_path: Path) -> None:
    house = a_gateway(tmp_path)
    ready = house.client().get("/health/ready", headers={"Host": "10.0.0.7"})
    assert ready.json == {"ok": True, "checks": {"progress-copy": "ok"}}
    assert house.client().get("/health/live", headers={"Host": "10.0.0.7"}).status_code == 200
    house.service.close()
    house.stream.close()


def test_the_language_is_chosen_by_query_cookie_and_preference(house: GatewayHouse) -> None:
    client = house.client()

    def language(path: str = "/api/v1/nothing", **headers: str) -> str | None:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        return client.get(path, base_url=BASE, headers=told).headers["Content-Language"]

    assert language() == "zh-CN"
    assert language(Accept_Language="fr, en;q=0.5") == "en"
    assert language(Accept_Language="zh-TW, en;q=0.5") == "zh-CN"
    assert language("/api/v1/nothing?lang=en") == "en"
    assert language(Accept_Language="zh-CN") == "en"
    assert language("/api/v1/nothing?lang=zh-CN") == "zh-CN"
    assert language("/api/v1/nothing?lang=xx") == "zh-CN"


def test_services_are_those_of_the_wiring(house: GatewayHouse) -> None:
    with house.service.app.app_context():
        assert services() is house.service.services


def test_a_changed_address_and_an_erasure_end_the_sessions_of_the_person(house: GatewayHouse) -> None:
    sessions = house.service.services.accounts.sessions
    one, two = (sessions.open("ab" * 32, "ma.chao@example.org", "zh-CN").token for _ in range(2))
    answer = house.post("/contact-confirmations", {"token": "t" * 43})
    assert set(answer.json) == {"campaign", "subject"}
    assert sessions.find(one) is None and sessions.find(two) is None
    three = sessions.open("cd" * 32, "gu.xiao@example.org", "zh-CN").token
    assert house.post(f"{ME}/erase", None, three).status_code == 202
    assert sessions.find(three) is None
