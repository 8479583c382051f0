"""What a running process tells about itself: metrics, health, settings."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest

from services.kit.failures import TemporaryFailure
from services.kit.garbage import settle_in
from services.kit.health import Health
from services.kit.metrics import KIT, Metric, Metrics
from services.kit.settings import BadSetting, Secret, Setting, describe, read


def test_metrics_are_counted_and_rendered() -> None:
    metrics = Metrics((Metric("chorus_mails_sent_total", "count", "Mails sent.", ("kind",)),))
    metrics.count("chorus_mails_sent_total", kind="welcome")
    metrics.count("chorus_mails_sent_total", 2, kind="welcome")
    metrics.set("chorus_relay_position", 17, topic="t")
    metrics.observe("chorus_http_request_seconds", 0.2, service="gateway", route="/join")
    text = metrics.render().decode()
    assert 'chorus_mails_sent_total{kind="welcome"} 3.0' in text
    assert 'chorus_relay_position{topic="t"} 17.0' in text
    assert 'chorus_http_request_seconds_bucket{le="0.25",route="/join",service="gateway"} 1.0' in text
    assert metrics.value("chorus_relay_position", topic="t") == 17


def test_a_metric_that_is_in_no_table_is_an_error() -> None:
    with pytest.raises(KeyError):
        Metrics().count("chorus_unheard_of_total")


def test_metric_names_are_unique_and_spelled_alike() -> None:
    names = [metric.name for metric in KIT]
    assert len(set(names)) == len(names)
    assert all(name.startswith("chorus_") for name in names)
    assert all(metric.name.endswith("_total") == (metric.kind == "count") for metric in KIT)


def away() -> None:
    raise TemporaryFailure("store-away")


def unreachable() -> float:
    raise TemporaryFailure("stream-away")


def bug() -> None:
    raise RuntimeError("words that stay inside")


def test_health_is_ready_when_every_check_is() -> None:
    assert Health({"store": lambda: None}).ready().status == 200
    verdict = Health({"store": away, "stream": bug}, live={"loops": lambda: None}).ready()
    assert verdict.status == 503
    assert verdict.checks == {"loops": "ok", "store": "store-away", "stream": "broken"}


def test_a_process_may_be_alive_and_not_ready() -> None:
    health = Health({"store": away})
    assert health.live().ok
    assert not health.ready().ok


DEFAULT_TOKEN = Secret("t")


@dataclass(frozen=True, kw_only=True)
class Settings:
    data: Annotated[Path, Setting("T_DATA", "Folder of all files.")] = Path("data")
    port: Annotated[int, Setting("T_PORT", "Port to listen on.")] = 8000
    pepper: Annotated[Secret, Setting("T_PEPPER", "Key of the unique keys.")]
    token: Annotated[Secret, Setting("T_TOKEN", "Token of the internal door.")] = DEFAULT_TOKEN
    logs: Annotated[Literal["json", "console"], Setting("T_LOGS", "Form of the logs.")] = "json"
    polite: Annotated[bool, Setting("T_POLITE", "Whether loops rest.")] = True
    proxies: Annotated[tuple[str, ...], Setting("T_PROXIES", "Addresses of the proxies.")] = ()
    smtp: Annotated[str | None, Setting("T_SMTP", "Mail server, none for the local mailbox.")] = None


def test_settings_have_defaults_and_are_frozen() -> None:
    settings = read(Settings, {"T_PEPPER": "p"})
    assert settings == Settings(pepper=Secret("p"))
    with pytest.raises(AttributeError):
        settings.port = 1  # type: ignore[misc]
    assert "pepper=(secret)" in repr(settings)


def test_settings_are_read_by_kind(tmp_path: Path) -> None:
    secret = tmp_path / "pepper"
    secret.write_text("from a file\n")
    settings = read(
        Settings,
        {
            "T_DATA": "/srv",
            "T_PORT": "81",
            "T_PEPPER_FILE": str(secret),
            "T_LOGS": "console",
            "T_POLITE": "no",
            "T_PROXIES": "a, b",
            "T_SMTP": "smtp://x",
        },
    )
    assert (settings.data, settings.port, settings.pepper) == (Path("/srv"), 81, "from a file")
    assert (settings.logs, settings.polite, settings.proxies, settings.smtp) == (
        "console",
        False,
        ("a", "b"),
        "smtp://x",
    )


def test_every_fault_is_named_and_no_value_is() -> None:
    with pytest.raises(BadSetting) as refused:
        read(Settings, {"T_PORT": "eighty", "T_POLITE": "maybe", "T_LOGS": "xml"})
    for name in ("T_PORT", "T_PEPPER", "T_POLITE", "T_LOGS"):
        assert name in str(refused.value)
    assert "eighty" not in str(refused.value)


def test_the_table_of_settings_tells_all() -> None:
    rows = {row.name: row for row in describe(Settings)}
    assert rows["T_PORT"].default == "8000"
    assert rows["T_PEPPER"].default == "(required)"
    assert (rows["T_TOKEN"].default, rows["T_TOKEN"].kind) == ("(secret)", "secret")
    assert rows["T_LOGS"].kind == "json | console"
    assert rows["T_PROXIES"].kind == "list"
    assert all(row.sentence.endswith(".") for row in rows.values())


def test_a_level_is_read_when_somebody_looks_and_unknown_where_it_cannot_be() -> None:
    metrics, present = Metrics(), iter([3, 5])
    metrics.watch("chorus_relay_position", lambda: next(present), topic="t")
    metrics.watch("chorus_consumer_lag", unreachable, consumer="c")
    assert 'chorus_relay_position{topic="t"} 3.0' in metrics.render().decode()
    text = metrics.render().decode()
    assert 'chorus_relay_position{topic="t"} 5.0' in text and 'chorus_consumer_lag{consumer="c"} NaN' in text


def test_a_table_may_be_brought_twice() -> None:
    table = (Metric("chorus_things_total", "count", "Things."),)
    metrics = Metrics(table)
    metrics.count("chorus_things_total")
    metrics.include(table)
    assert metrics.value("chorus_things_total") == 1


def test_a_process_tells_its_memory() -> None:
    assert b"process_resident_memory_bytes" in Metrics().render()


def test_what_was_made_at_the_start_is_looked_through_once() -> None:
    before = gc.get_threshold()
    try:
        settle_in()
        assert gc.get_freeze_count() > 1000
        assert gc.get_threshold()[0] > before[0]
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
