"""Every row of the API: what is missing, wrong, too long or unknown is refused clearly, and nothing is executed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.contracts.commands_v1 import JoinCampaign
from services.gateway.api.blueprint import all_endpoints
from services.gateway.api.endpoint import Endpoint
from services.gateway.api.schemas import Nothing
from tests.support.gateway_house import CAMPAIGN, GatewayHouse, a_gateway

ID = str(CAMPAIGN)
DEMAND = {"kind": "refund", "text": "全额退还"}
WHEN = "2026-05-10T03:12:00+08:00"
BODIES: dict[str, Any] = {
    "SignInLink": {"email": "he.jing@example.org", "locale": "zh-CN"},
    "SignIn": {"token": "t" * 43, "browser": "b" * 43, "code": "ABCD2345"},
    "TokenOnly": {"token": "t" * 43},
    "Launch": {
        "jurisdiction": "cn",
        "timezone": "Asia/Shanghai",
        "title": "重复扣款",
        "provider": {"name": "青禾钱包", "kind": "bank"},
        "problem": "account_stolen",
        "summary": "两次\n扣款",
        "demands": [DEMAND],
        "organizer_name": "李薇",
        "locale": "en",
    },
    "Revise": {"title": "新标题", "summary": "新摘要"},
    "Demands": {"demands": [DEMAND, DEMAND]},
    "Suspension": {"reason": "abuse"},
    "OrganizerInvitation": {"email": "a@example.org", "locale": "en"},
    "OrganizerAcceptance": {"name": "王一"},
    "AuditorInvitation": {"name": "陈审", "email": "c@example.org", "expires_on": "2026-12-31", "locale": "en"},
    "Join": {"email": "m@example.org", "name": "马超", "locale": "zh-CN", "consent": True},
    "Invalidation": {"reason": "test"},
    "Claim": {
        "what": "account_stolen",
        "remedy": "refund",
        "happened": WHEN,
        "amount": "88.00",
        "currency": "CNY",
        "private": True,
        "reference": "OK-1",
        "details": "经过",
    },
    "Consent": {"to": "demands", "demand_version": 1, "step": "cn-cs"},
    "NewAddress": {"email": "new@example.org"},
    "SafetySteps": {"taken": ["lock-account", "enable-2fa"]},
    "Rating": {"satisfied": False, "text": "还差一点"},
    "Experience": {"text": "经历"},
    "EvidenceKind": {"kind": "screenshot"},
    "Review": {"verdict": "rejected", "reason_code": "unreadable", "note": "请重拍"},
    "ContactLog": {
        "step": "cn-cs",
        "channel": "hotline",
        "agent": "客服小林",
        "staff_number": "A1",
        "said": "三日内",
        "by": "own",
    },
    "Promise": {"until": WHEN, "what": "回电"},
    "FilingBody": {"step": "cn-cs", "by": "own", "statement": "要求赔付", "override_reason": "理由"},
    "Receipt": {"number": "OKTS-1", "received_on": "2026-05-12"},
    "MaterialRequest": {"asked": "回执", "member": ID, "filing": ID, "until": "2026-05-16"},
    "MaterialGiven": {"evidence": ID},
    "Response": {"verdict": "met", "responder": "OK钱包", "text": "已解锁", "responded_on": "2026-05-18"},
    "Extension": {"deadline": "2026-06-01", "reason": "延长"},
    "FilingEnd": {"reason": "撤回"},
    "Escalation": {"step": "cn-psp-formal", "reason": "未答复", "override_reason": "理由"},
    "Update": {"title": "进展", "body": "正文"},
    "BallotBody": {"question": "接受吗", "options": ["接受", "不接受"], "until": WHEN},
    "VoteBody": {"option": 1},
    "Outcome": {
        "demands": {"1": "met", "2": "partly"},
        "offered": {"CNY": "5.00"},
        "paid": {"CNY": "5.00"},
        "note": "说明",
    },
    "Removal": {"event": ID, "reason": "mistake"},
}
WITH_BODY = [e for e in all_endpoints() if e.body is not None and e.body is not Nothing]
ids = [endpoint.name for endpoint in WITH_BODY]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHouse]:
    house = a_gateway(Path(tmp_path_factory.mktemp("gateway")), links_per_quarter_hour=1000)
    yield house
    house.service.close()
    house.stream.close()


@pytest.fixture(scope="module")
def token(house: GatewayHouse) -> str:
    return house.sign_in()


def place(endpoint: Endpoint) -> str:
    return re.sub(r"<(?:uuid:)?(\w+)>", lambda found: "cn" if found[1] == "jurisdiction" else ID, endpoint.path)


def body_of(endpoint: Endpoint) -> dict[str, Any]:
    assert endpoint.body is not None
    return dict(BODIES[endpoint.body.__name__])


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), answer.data
    assert answer.json["code"] == code and answer.json["title"] and answer.json["detail"]
    document: dict[str, Any] = answer.json
    return document


def wrong_values(good: Any) -> list[tuple[Any, str | None]]:
    """Values of other types, and values of the same type that no field takes; with the code, where it is one."""
    others: list[Any] = [17, [], {}, True, 1.5]
    wrong: list[tuple[Any, str | None]] = [(value, "wrong-type") for value in others if type(value) is not type(good)]
    if isinstance(good, str):
        wrong += [("", None), ("x" * 300_000, None), ("x" * 20_000, None), ("a\0b", None), ("a\x1bb", None)]
    if type(good) is int:
        wrong += [(value, "out-of-range") for value in (0, -1, 2**40)]
    if isinstance(good, list):
        wrong += [([], "too-few"), (good * 30, "too-many")]
    return wrong


def faults(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(error["pointer"], error["code"]) for error in document["errors"]}


@pytest.mark.parametrize("endpoint", WITH_BODY, ids=ids)
def test_a_full_body_is_taken(house: GatewayHouse, token: str, endpoint: Endpoint) -> None:
    answer = house.send(endpoint.method, place(endpoint), body_of(endpoint), token)
    expected = 410 if endpoint.name == "sign-in" else endpoint.status
    assert answer.status_code == expected, answer.data


@pytest.mark.parametrize("endpoint", WITH_BODY, ids=ids)
def test_each_wrong_value_is_named_and_nothing_is_done(house: GatewayHouse, token: str, endpoint: Endpoint) -> None:
    assert endpoint.body is not None
    done = len(house.campaign.requests)
    for name, field in endpoint.body().fields.items():
        good = body_of(endpoint)[name]
        for value, code in wrong_values(good):
            answer = house.send(endpoint.method, place(endpoint), {**body_of(endpoint), name: value}, token)
            assert 400 <= answer.status_code < 500, (name, str(value)[:20], answer.data)
            if code is not None:
                assert (f"/{name}", code) in faults(refused(answer, 422, "invalid")), (name, value)
        if field.required:
            without = {key: value for key, value in body_of(endpoint).items() if key != name}
            answer = house.send(endpoint.method, place(endpoint), without, token)
            assert (f"/{name}", "missing") in faults(refused(answer, 422, "invalid"))
            answer = house.send(endpoint.method, place(endpoint), {**body_of(endpoint), name: None}, token)
            assert (f"/{name}", "null") in faults(refused(answer, 422, "invalid"))
    assert len(house.campaign.requests) == done


@pytest.mark.parametrize("endpoint", WITH_BODY, ids=ids)
def test_unknown_fields_and_bad_json_are_refused(house: GatewayHouse, token: str, endpoint: Endpoint) -> None:
    def send(body: Any, **headers: str) -> Any:
        return house.send(endpoint.method, place(endpoint), body, token, **headers)

    done = len(house.campaign.requests)
    for name in ("role", "campaign_id", "verified"):
        document = refused(send({**body_of(endpoint), name: True}), 422, "invalid")
        assert faults(document) == {(f"/{name}", "unknown-field")}
    refused(send(b'{"a": 1'), 400, "bad-json")
    refused(send(b'{"email": "a", "email": "b"}'), 400, "bad-json")
    refused(send(b"\xff\xfe{}"), 400, "bad-json")
    refused(send(b"[" * 40 + b"]" * 40), 400, "bad-json")
    refused(send(b'"' + b"x" * 300_000 + b'"'), 413, "body-too-large")
    refused(send([1]), 422, "invalid")
    assert len(refused(send({f"k{number}": 1 for number in range(5000)}), 422, "invalid")["errors"]) <= 50
    refused(send({}, **{"Content-Encoding": "gzip"}), 415, "media-type-unsupported")
    refused(send(b"a=b", **{"Content-Type": "application/x-www-form-urlencoded"}), 415, "media-type-unsupported")
    assert len(house.campaign.requests) == done


@pytest.mark.parametrize(
    "endpoint",
    [e for e in all_endpoints() if e.person == "signed-in"],
    ids=lambda endpoint: str(endpoint.name),
)
def test_anonymous_is_asked_to_sign_in(house: GatewayHouse, endpoint: Endpoint) -> None:
    done = len(house.campaign.requests)
    for stranger in (None, "z" * 43, "not a token"):
        answer = house.send(endpoint.method, place(endpoint), None, stranger)
        refused(answer, 401, "not-signed-in")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert len(house.campaign.requests) == done


def test_ids_of_others_are_like_missing_ones(house: GatewayHouse, token: str) -> None:
    for path in ("/campaigns/17/publish", f"/campaigns/{ID}x/me", "/campaigns/%00/me", "/nothing", "/campaigns/../me"):
        assert house.get(path, token).status_code in (404, 405)


def test_other_methods_are_refused_with_what_is_allowed(house: GatewayHouse) -> None:
    answer = house.send("DELETE", f"/campaigns/{ID}/publish")
    refused(answer, 405, "method-not-allowed")
    assert answer.headers["Allow"] == "OPTIONS, POST" or "POST" in answer.headers["Allow"]


def test_headers_about_retries_and_versions_are_checked(house: GatewayHouse, token: str) -> None:
    path = f"/campaigns/{ID}/publish"
    refused(house.post(path, None, token, Idempotency_Key="x" * 201), 422, "idempotency-key-malformed")
    refused(house.post(path, None, token, If_Match="W/3"), 422, "invalid")
    assert house.post(path, {}, token, Idempotency_Key="k-1", If_Match='"3"').status_code == 200
    sent = house.campaign.requests[-1]
    assert (sent.idempotency_key, sent.expected_version) == ("k-1", 3)


@pytest.mark.parametrize(
    ("path", "pointer", "code"),
    [
        ("/campaigns?limit=0", "/limit", "out-of-range"),
        ("/campaigns?limit=x", "/limit", "wrong-type"),
        ("/campaigns?limit=1&limit=2", "/limit", "repeated"),
        ("/campaigns?role=admin", "/role", "unknown-field"),
        ("/campaigns?after=%21%21", "/after", "malformed"),
        ("/campaigns?after=YWJj", "/after", "malformed"),
        (f"/campaigns/{ID}/replay?time=2026-05-11T00:00:00", "/time", "offset-missing"),
        (f"/campaigns/{ID}/replay?size=-1", "/size", "wrong-type"),
        (f"/campaigns/{ID}/replay?size=99999999999999999999999", "/size", "wrong-type"),
    ],
)
def test_query_strings_are_checked(house: GatewayHouse, path: str, pointer: str, code: str) -> None:
    assert (pointer, code) in faults(refused(house.get(path), 422, "invalid"))


def test_words_in_both_languages(house: GatewayHouse) -> None:
    body = {"email": "x" * 300, "name": "", "locale": "fr", "consent": False}
    english = house.post(f"/campaigns/{ID}/members?lang=en", body).json
    chinese = house.post(f"/campaigns/{ID}/members", body, Accept_Language="zh").json
    assert english["title"] == "Some details need correcting" and chinese["title"] == "有些内容需要改正"
    told = {error["field"]: error for error in english["errors"]}
    assert told["email"]["detail"] == "At most 200 characters; there are 300."
    assert {name: error["code"] for name, error in told.items()} == {
        "email": "too-long",
        "name": "empty",
        "locale": "invalid-choice",
        "consent": "must-agree",
    }


def test_a_list_holds_no_nothing(house: GatewayHouse, token: str) -> None:
    answer = house.send("PUT", f"/campaigns/{ID}/demands", {"demands": [None, DEMAND]}, token)
    assert faults(refused(answer, 422, "invalid")) == {("/demands/0", "null")}


@pytest.mark.parametrize("unseen", ["\u200b", "\u202e\u200d", "\u0301", "\ufeff \u2060"])
def test_words_that_nobody_can_see_are_empty(house: GatewayHouse, unseen: str) -> None:
    body = {"email": "m@example.org", "name": unseen, "locale": "en", "consent": True}
    assert faults(refused(house.post(f"/campaigns/{ID}/members", body), 422, "invalid")) == {("/name", "empty")}


def test_marks_that_turn_or_split_a_line_are_left_out(house: GatewayHouse) -> None:
    body = {"email": "m@example.org", "name": "\u202e马\u200b超\u2066 \U0001f468\u200d\U0001f469", "locale": "en"}
    assert house.post(f"/campaigns/{ID}/members", {**body, "consent": True}).status_code == 202
    joining = house.campaign.requests[-1].command
    assert isinstance(joining, JoinCampaign)
    assert joining.name == "马超 \U0001f468\u200d\U0001f469"


@pytest.mark.parametrize("far", ["9999-12-31", "0001-01-01", "2200-01-01", "1899-12-31"])
def test_days_that_no_clock_reckons_around_are_refused(house: GatewayHouse, token: str, far: str) -> None:
    done = len(house.campaign.requests)
    day = house.post(f"/campaigns/{ID}/filings/{ID}/deadline", {"deadline": far}, token)
    assert faults(refused(day, 422, "invalid")) == {("/deadline", "day-malformed")}
    promise = {"until": f"{far}T23:00:00Z", "what": "回电"}
    instant = house.post(f"/campaigns/{ID}/contacts/{ID}/promises", promise, token)
    assert faults(refused(instant, 422, "invalid")) == {("/until", "instant-malformed")}
    assert len(house.campaign.requests) == done
