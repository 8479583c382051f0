"""docker-compose.yml is one that the real client takes; it keeps to loopback, and gives nobody more than is needed."""

import re
from pathlib import Path

import pytest
import yaml

from tests.support import compose
from tests.support.compose import FILE, MONITORING, ONCE, PUBLIC, ROOT, Service

MAY_SCALE = {"campaign-web", "campaign-worker", "campaign-relay", "notifier-web", "notifier-worker", "gateway-inbox"}
OURS = re.compile(r"chorus:")
PUBLIC_NAMES = {
    "CHORUS_SITE": "a.example",
    "CHORUS_BASE_URL": "https://a.example",
    "CHORUS_SMTP_HOST": "smtp.example",
    "CHORUS_SMTP_USER": "u",
    "CHORUS_MAIL_FROM": "c@a.example",
}


@pytest.fixture
def services() -> dict[str, Service]:
    return compose.services()


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = FILE.read_text()
    assert old in text
    other = tmp_path / "docker-compose.yml"
    other.write_text(text.replace(old, new, 1))
    return other


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("    healthcheck:\n", "    healtcheck:\n", "healtcheck"),
        ("condition: service_healthy", "condition: service_helthy", "depends_on.*condition"),
        ("networks: [stores]", "networks: [stors]", "stors"),
        ("depends_on: {kafka: *up}", "depends_on: {kafak: *up}", "kafak"),
        ("secrets:/run/chorus:ro", "secret:/run/chorus:ro", "secret"),
    ],
)
def test_a_misspelt_word_is_refused(tmp_path: Path, old: str, new: str, reason: str) -> None:
    with pytest.raises(compose.Refused, match=reason):
        compose.read(changed(tmp_path, old, new))


def test_every_port_is_of_loopback(services: dict[str, Service]) -> None:
    published = {name: each["ports"] for name, each in services.items() if each.get("ports")}
    assert set(published) == {"proxy", "mail"}
    assert {port["host_ip"] for ports in published.values() for port in ports} == {"127.0.0.1"}


def test_what_may_be_scaled_has_neither_a_port_nor_a_name_of_its_own(services: dict[str, Service]) -> None:
    assert not any("container_name" in each for each in services.values())
    assert not any("ports" in services[name] for name in (*MAY_SCALE, "gateway-web"))


def test_no_container_may_do_more_than_it_needs(services: dict[str, Service]) -> None:
    added = {name: set(each.get("cap_add") or ()) for name, each in services.items() if each.get("cap_add")}
    give_away = {"CHOWN", "DAC_OVERRIDE", "FOWNER"}
    assert added == {"secrets": give_away, "bucket": give_away, "proxy": {"NET_BIND_SERVICE"}}
    for name, each in services.items():
        assert each["cap_drop"] == ["ALL"], name
        assert each["security_opt"] == ["no-new-privileges:true"], name
        assert not each.get("privileged"), name
        assert each.get("network_mode") in (None, "none"), name
        assert name == "kafka" or each["read_only"], name
        assert int(each["mem_limit"]) <= 2 * 1024**3, name


def test_nothing_runs_as_root_but_what_gives_files_to_others(services: dict[str, Service]) -> None:
    """The image of Kafka names its own user, ours 10001."""
    roots = {name for name, each in services.items() if each.get("user", "").startswith("0")}
    unnamed = {name for name, each in services.items() if not each.get("user")}
    assert roots == {"secrets", "bucket"}
    assert all(services[name]["network_mode"] == "none" for name in roots)
    assert unnamed == {"kafka", "topics"}


def test_each_service_is_a_user_of_its_own(services: dict[str, Service]) -> None:
    of = {name: each.get("user") for name, each in services.items()}
    for service in ("campaign", "notifier", "gateway"):
        assert len({user for name, user in of.items() if name.startswith(f"{service}-")}) == 1
    assert len({of[name] for name in ("campaign-web", "notifier-web", "gateway-web", "s3", "postgres", "proxy")}) == 6


def test_logs_do_not_fill_the_disk(services: dict[str, Service]) -> None:
    assert all(each["logging"]["options"] == {"max-size": "10m", "max-file": "5"} for each in services.values())


def test_images_are_pinned(services: dict[str, Service]) -> None:
    for name, each in services.items():
        image, _, tag = each["image"].rpartition(":")
        assert image and re.search(r"\d|local", tag), name
        assert (each.get("pull_policy") == "never") == bool(OURS.match(each["image"])), name


def test_the_image_is_built_by_one_service_alone(services: dict[str, Service]) -> None:
    """Builds of one name at once get in each other's way."""
    assert [name for name, each in services.items() if "build" in each] == ["secrets"]


def test_one_shots_end_and_the_rest_comes_back(services: dict[str, Service]) -> None:
    assert {name for name, each in services.items() if each["restart"] == "no"} == ONCE
    assert {each["restart"] for name, each in services.items() if name not in ONCE} == {"unless-stopped"}


def test_whoever_waits_waits_for_the_right_thing(services: dict[str, Service]) -> None:
    for name, each in services.items():
        assert (name in ONCE) != ("test" in each.get("healthcheck", {})), name
        for other, how in (each.get("depends_on") or {}).items():
            done = "service_completed_successfully" if other in ONCE else "service_healthy"
            assert (how["condition"], how["required"]) == (done, True), f"{name} waits for {other}"


def test_somebody_waits_for_each_one_shot(services: dict[str, Service]) -> None:
    """`docker compose up --wait` takes the end of one for a failure, unless another service waits for that end."""
    awaited = {other for each in services.values() for other in each.get("depends_on") or {}}
    assert awaited >= ONCE


def test_no_secret_stands_in_the_file(services: dict[str, Service]) -> None:
    for each in services.values():
        for name in each.get("environment") or {}:
            secret = re.search(r"PASSWORD|SECRET|TOKEN|KEY_ID", name)
            assert not secret or name.endswith("_FILE") or name == "CHORUS_SECRETS", name


def test_what_is_mounted_is_there(services: dict[str, Service]) -> None:
    mounted = [each for service in services.values() for each in service.get("volumes") or ()]
    files = [Path(each["source"]) for each in mounted if each["type"] == "bind"]
    assert all(file.is_file() and file.is_relative_to(ROOT) for file in files)
    assert all(each["read_only"] for each in mounted if each["type"] == "bind")


def test_only_who_needs_the_outside_sees_it(services: dict[str, Service]) -> None:
    outside = {name for name, each in services.items() if "outside" in (each.get("networks") or {})}
    assert outside == {"proxy", "mail", "notifier-worker"}
    assert set(services["proxy"]["networks"]) == {"edge", "outside"}, "the door reaches gateway alone"


def test_for_the_public_the_door_alone_is_open(tmp_path: Path) -> None:
    services = compose.read(FILE, PUBLIC, variables=PUBLIC_NAMES)["services"]
    open_ports = {(name, port["published"]) for name, each in services.items() for port in each.get("ports") or ()}
    assert open_ports == {("proxy", "80"), ("proxy", "443")}
    assert "mail" not in services
    assert services["gateway-web"]["environment"]["CHORUS_LOCAL"] == "false"


@pytest.mark.parametrize("missing", PUBLIC_NAMES)
def test_for_the_public_nothing_may_be_left_out(missing: str) -> None:
    with pytest.raises(compose.Refused, match=missing):
        compose.read(FILE, PUBLIC, variables={**PUBLIC_NAMES, missing: ""})


def test_prometheus_on_top_reaches_every_process_that_it_is_told_of() -> None:
    services = compose.read(FILE, MONITORING)["services"]
    scraped = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())["scrape_configs"]
    names = {name for job in scraped for sd in job.get("dns_sd_configs", ()) for name in sd["names"]}
    assert names == MAY_SCALE | {"gateway-web"}
    for name in names:
        assert set(services["prometheus"]["networks"]) & set(services[name]["networks"]), name
    assert [port["host_ip"] for port in services["prometheus"]["ports"]] == ["127.0.0.1"]
    mounted = [each["source"] for each in services["prometheus"]["volumes"] if each["type"] == "bind"]
    assert mounted == [str(ROOT / "deploy" / "prometheus")]


def test_the_example_of_variables_names_those_that_the_files_read() -> None:
    read = set(re.findall(r"\$\{(CHORUS_\w+)", FILE.read_text() + PUBLIC.read_text() + MONITORING.read_text()))
    named = set(re.findall(r"^#?(CHORUS_\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    optional = {"CHORUS_SMTP_PORT", "CHORUS_SMTP_SECURITY"}
    assert named | optional == read


def test_the_example_of_variables_says_what_holds_without_it() -> None:
    lines = re.findall(r"^(CHORUS_\w+)=(.*)$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert compose.read(FILE, variables=dict(lines)) == compose.read(FILE)
