"""The containers and the local runner follow one table of processes, and everything either of them names exists."""

from __future__ import annotations

import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints
from urllib.parse import urlsplit

import click
import pytest

from services.campaign.settings import CampaignSettings
from services.distributed.processes import COMPOSE, COMPOSE_BIND, PROCESSES, Entry
from services.embedded.cli import main
from services.gateway.settings import GatewaySettings
from services.kit.server_settings import ServerSettings
from services.kit.settings import Setting
from services.kit.stream.kafka_settings import KafkaSettings
from services.notifier.settings import NotifierSettings
from tests.support import compose
from tests.support.compose import ROOT, Service

OF_OTHERS = {"secrets", "bucket", "postgres", "kafka", "s3", "mail", "proxy"}
FOR_CONTAINERS_ALONE = {
    "gateway-web": {"CHORUS_TRUSTED_PROXIES": "*", "CHORUS_PEPPER": f"{COMPOSE.secrets}/gateway/pepper"}
}
"""The door in front is believed; and users of their own need a copy of the pepper each."""
OWN_PORT = COMPOSE_BIND["follower"].rpartition(":")[2]
SETTINGS: dict[str, tuple[type[Any], ...]] = {
    "campaign": (CampaignSettings, KafkaSettings),
    "notifier": (NotifierSettings, KafkaSettings),
    "gateway": (GatewaySettings, KafkaSettings),
    "topics": (KafkaSettings,),
}


@pytest.fixture
def services() -> dict[str, Service]:
    return compose.services()


each_process = pytest.mark.parametrize("entry", PROCESSES, ids=lambda entry: entry.name)


def test_both_have_the_same_processes(services: dict[str, Service]) -> None:
    assert set(services) - OF_OTHERS == {entry.name for entry in PROCESSES}


@each_process
def test_the_command_is_the_same(services: dict[str, Service], entry: Entry) -> None:
    assert entry.command == ("chorus", *services[entry.name]["command"])
    assert "entrypoint" not in services[entry.name] or services[entry.name]["entrypoint"] is None
    assert 'ENTRYPOINT ["chorus"]' in (ROOT / "Dockerfile").read_text()


@each_process
def test_the_settings_are_the_same(services: dict[str, Service], entry: Entry) -> None:
    bind = {} if entry.kind == "once" else {"CHORUS_BIND": COMPOSE_BIND[entry.kind]}
    expected = {**entry.environment(COMPOSE), **bind, **FOR_CONTAINERS_ALONE.get(entry.name, {})}
    assert services[entry.name].get("environment", {}) == expected


@each_process
def test_it_waits_for_the_same(services: dict[str, Service], entry: Entry) -> None:
    assert set(services[entry.name]["depends_on"]) == set(entry.after)


@each_process
def test_its_health_is_asked_where_it_is_told(services: dict[str, Service], entry: Entry) -> None:
    check = services[entry.name].get("healthcheck", {}).get("test")
    if entry.health is None:
        assert check is None
    else:
        assert f"http://127.0.0.1:{OWN_PORT}{entry.health}" in check[-1]


@each_process
def test_its_command_exists(entry: Entry) -> None:
    command: click.Command | None = main
    for word in entry.command[1:]:
        assert isinstance(command, click.Group)
        command = command.get_command(click.Context(command), word)
    assert command is not None
    assert not isinstance(command, click.Group)


@each_process
def test_its_settings_exist_and_suffice(entry: Entry) -> None:
    classes = (*SETTINGS[entry.command[1]], *(() if entry.kind == "once" else (ServerSettings,)))
    known, needed = known_settings(classes)
    given = {name if name in known else name.removesuffix("_FILE") for name in entry.settings}
    assert given <= known
    assert needed <= given


def known_settings(classes: tuple[type[Any], ...]) -> tuple[set[str], set[str]]:
    """Names of all, and of those without a default."""
    known, needed = set(), set()
    for cls in classes:
        hints = get_type_hints(cls, include_extras=True)
        for field in fields(cls):
            name = next(mark.name for mark in get_args(hints[field.name]) if isinstance(mark, Setting))
            known.add(name)
            if field.default is MISSING and field.default_factory is MISSING:
                needed.add(name)
    return known, needed


def test_the_overlay_for_the_public_names_settings_that_exist() -> None:
    known, _ = known_settings((NotifierSettings, GatewaySettings, ServerSettings))
    text = (ROOT / "deploy" / "public.yml").read_text()
    named = set(re.findall(r"^ +(CHORUS_\w+):", text, re.MULTILINE)) - {"CHORUS_SITE"}
    assert {name if name in known else name.removesuffix("_FILE") for name in named} <= known


def test_every_host_that_is_named_is_a_container(services: dict[str, Service]) -> None:
    for name, service in services.items():
        for key, value in (service.get("environment") or {}).items():
            if key in ("CHORUS_BASE_URL", "CHORUS_EVIDENCE"):
                continue
            if host := (urlsplit(value).hostname if "://" in value else None):
                assert host in services or host in ("127.0.0.1",), f"{key} of {name}"
    assert COMPOSE.mail_host in services
    assert COMPOSE.kafka.partition(":")[0] in services


def test_whoever_talks_shares_a_network(services: dict[str, Service]) -> None:
    def networks(name: str) -> set[str]:
        return set(services[name].get("networks") or ())

    for name, service in services.items():
        for value in (service.get("environment") or {}).values():
            host = urlsplit(value).hostname if "://" in value else None
            if host in services and host != name:
                assert networks(name) & networks(host), f"{name} cannot reach {host}"
    assert networks("notifier-worker") & networks("mail")
    assert networks("proxy") & networks("gateway-web")


def test_the_processes_say_how_many_one_may_have(services: dict[str, Service]) -> None:
    """A replica is another container of the same service, so none of them may claim a port."""
    assert not [entry.name for entry in PROCESSES if entry.replicas and services[entry.name].get("ports")]


def test_the_door_asks_gateway_where_it_listens() -> None:
    door = (Path(ROOT) / "deploy" / "proxy" / "Caddyfile").read_text()
    port = COMPOSE_BIND["web"].partition(",")[0].rpartition(":")[2]
    assert f"{{$CHORUS_GATEWAY_PORT:{port}}}" in door
    assert "{$CHORUS_GATEWAY:gateway-web}" in door
