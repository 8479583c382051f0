"""The API's document: valid, complete, up to date, true to what the API answers, and no request breaks the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import validate
from schemathesis import GenerationMode

from services.contracts.codes import CODES
from services.gateway.api.blueprint import PREFIX, all_endpoints, openapi_bytes
from services.gateway.api.generate import TARGET, main
from services.gateway.api.reference import sections
from tests.support.gateway_house import CAMPAIGN, GatewayHouse, a_file, a_gateway

DOCUMENT: dict[str, Any] = orjson.loads(openapi_bytes())
OPERATIONS = {
    (method.upper(), path): operation
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}  # fmt: skip
ABOUT_ITSELF = (f"{PREFIX}/openapi.json", f"{PREFIX}/problems/<code>")
CHECKED = ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHouse]:
    house = a_gateway(
        Path(tmp_path_factory.mktemp("gateway")),
        base_url="http://localhost",
        links_per_quarter_hour=1000,
        stream_seconds=0.01,
    )
    house.campaign.answers["open_file"] = lambda _asked: a_file(b"PNG")
    house.shows(CAMPAIGN)
    yield house
    house.service.close()
    house.stream.close()


@pytest.mark.parametrize("name", [endpoint.name for endpoint in all_endpoints()])
def test_the_api_answers_as_its_document_says(house: GatewayHouse, name: str) -> None:
    schema = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", house.service.app)
    operation = schema.find_operation_by_id(name)
    checks: Any = schemathesis.checks.CHECKS.get_by_names(CHECKED)
    opened = house.service.services.accounts.sessions.open("ab" * 32, "ma.chao@example.org", "zh-CN")

    @settings(
        max_examples=15,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy() | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
    def each(case: schemathesis.Case[Any]) -> None:
        response = case.call(headers={"Authorization": f"Bearer {opened.token}"})
        case.validate_response(response, checks=checks)

    each()


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1")


def test_every_route_of_the_api_is_documented_and_nothing_else(house: GatewayHouse) -> None:
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(PREFIX)))
        for rule in house.service.app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and rule.rule not in ABOUT_ITSELF
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert routes == set(OPERATIONS)
    assert len(OPERATIONS) == len(all_endpoints())


def test_each_operation_says_what_it_is_and_what_it_refuses() -> None:
    names = [operation["operationId"] for operation in OPERATIONS.values()]
    assert len(set(names)) == len(names)
    for operation in OPERATIONS.values():
        assert operation["summary"] and operation["tags"]
        for status, told in operation["responses"].items():
            if int(status) >= 400:
                codes = re.findall(r"`([a-z-]+)`", told["description"])
                assert codes and all(CODES[code] == int(status) for code in codes)


def test_the_committed_document_is_that_of_the_code() -> None:
    assert TARGET.read_bytes() == openapi_bytes() + b"\n", "run: make generate"
    assert main(["--check"]) == 0


def test_the_page_shows_every_call() -> None:
    calls = [call for section in sections(DOCUMENT) for call in section.calls]
    assert {(call.method, call.path) for call in calls} == set(OPERATIONS)
    join = next(call for call in calls if call.name == "join-campaign")
    assert not join.signed_in and join.media == "application/json"
    consent = next(field for field in join.fields if field.name == "consent")
    assert consent.required and consent.shape == "boolean enum True"


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_page_is_shown_in_both_languages(tmp_path: Path, locale: str) -> None:
    house = a_gateway(tmp_path, base_url="http://localhost", pages=True)
    page = house.service.app.test_client().get(f"/api/docs?lang={locale}")
    assert page.status_code == 200 and page.text.count("<details") == len(OPERATIONS)
    assert house.service.services.texts.get(locale, "reference-lead") in page.text
    house.service.close()
    house.stream.close()
