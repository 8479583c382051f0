"""docs/deploy.md: its files for parts of one's own fit the Compose file, and every setting they name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.campaign.settings import CampaignSettings
from services.gateway.settings import GatewaySettings
from services.kit.stream.kafka_settings import KafkaSettings
from services.notifier.settings import NotifierSettings
from tests.compose.test_compose_drift import known_settings
from tests.support import compose
from tests.support.compose import FILE, ROOT

PAGE = (ROOT / "docs" / "deploy.md").read_text()
FILES = dict(zip(("proxy", "kafka", "s3", "postgres"), re.findall(r"```yaml\n(.+?)```", PAGE, re.DOTALL), strict=True))
GONE = {"proxy": set(), "kafka": {"kafka"}, "s3": {"s3", "bucket"}, "postgres": {"postgres"}}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_page_fits_on_top(tmp_path: Path, name: str) -> None:
    mine = tmp_path / "mine.yml"
    mine.write_text(FILES[name])
    services = compose.read(FILE, mine)["services"]
    assert set(compose.services()) - set(services) == GONE[name]
    for service, each in services.items():
        assert not GONE[name] & set(each.get("depends_on") or ()), service


@pytest.mark.parametrize("name", FILES)
def test_its_settings_exist(name: str) -> None:
    known, _ = known_settings((CampaignSettings, NotifierSettings, GatewaySettings, KafkaSettings))
    named = set(re.findall(r"(CHORUS_\w+):", FILES[name]))
    assert named
    assert {each if each in known else each.removesuffix("_FILE") for each in named} <= known


def test_no_container_keeps_an_address_of_the_part_that_is_gone(tmp_path: Path) -> None:
    hosts = {"kafka": "kafka:9092", "s3": "//s3:7070", "postgres": "@postgres:5432"}
    for name, host in hosts.items():
        mine = tmp_path / f"{name}.yml"
        mine.write_text(FILES[name])
        for service, each in compose.read(FILE, mine)["services"].items():
            assert not [value for value in (each.get("environment") or {}).values() if host in value], service


def test_the_variables_of_the_page_are_those_of_the_example() -> None:
    example = (ROOT / ".env.example").read_text()
    mentioned = set(re.findall(r"`(CHORUS_SITE|CHORUS_PORT|CHORUS_MAIL_PORT)`", PAGE))
    assert all(name in example for name in mentioned)


def test_the_scripts_of_the_page_are_there() -> None:
    paths = set(re.findall(r"(?:deploy|docs)/[\w/.-]+\.(?:yml|sh|md)", PAGE))
    ours = {path for path in paths if path.startswith("deploy/")}
    assert ours
    assert all((ROOT / path).is_file() for path in ours)
