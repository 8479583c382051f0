"""Notifier in a process of its own: loops do by themselves what tests otherwise drive; logs tell nothing personal."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner

from services.contracts.notifier_port import Handover
from services.kit import logs
from services.kit.clock import SystemClock
from services.kit.folder_lock import FolderInUse
from services.kit.metrics import Metrics
from services.kit.serving import Build, Process, Running
from services.kit.settings import BadSetting, describe
from services.kit.stream.in_process import InProcessStream
from services.notifier import processes
from services.notifier.adapters.outbox_sql import SqlOutbox
from services.notifier.cli import notifier
from services.notifier.settings import NotifierSettings
from services.notifier.wiring import build
from tests.support.post_office import START, FakeCampaign, PostOffice
from tests.support.smtp_sink import SmtpSink

TOMORROW = START + timedelta(days=1)


def eventually(holds: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    sink = SmtpSink().start()
    yield sink
    sink.stop()


def test_it_takes_a_mail_and_sends_it_in_loops_of_its_own(tmp_path: Path, sink: SmtpSink) -> None:
    settings = NotifierSettings(data=tmp_path, smtp_host="127.0.0.1", smtp_port=sink.port)
    stream, clock, metrics = InProcessStream(tmp_path / "stream.db"), SystemClock(), Metrics()
    service = build(settings, clock, FakeCampaign(), stream, metrics)
    process = Process(metrics, workers=service.workers, timed=service.timed, close=service.close)
    running = Running(process, clock)
    running.start()
    service.port.hand_over(Handover("h1", "sign-in", "li@example.org", "en", {"token": "t"}))
    eventually(lambda: sink.recipients == ["li@example.org"])
    assert running.health.ready().ok
    running.drain()
    running.stop()
    assert not running.health.live().ok
    stream.close()


@pytest.mark.parametrize(
    ("process", "missing"),
    [(processes.web, "CHORUS_NOTIFIER_DATABASE"), (processes.worker, "CHORUS_NOTIFIER_DATABASE")],
)
def test_a_process_of_its_own_names_what_it_lacks(process: Build, missing: str) -> None:
    with pytest.raises(BadSetting, match=missing):
        process(SystemClock())


def test_every_setting_is_described() -> None:
    assert all(row.sentence.endswith(".") for row in describe(NotifierSettings))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream, root = io.StringIO(), logging.getLogger()
    handlers, level = list(root.handlers), root.level
    logs.configure("notifier", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def test_nothing_personal_is_logged_when_mails_fail(tmp_path: Path, sink: SmtpSink, log: io.StringIO) -> None:
    office = PostOffice(tmp_path, smtp_host="127.0.0.1", smtp_port=sink.port, smtp_seconds=1.0)
    office.launches()
    sink.script += ["refuse-address", "defer", "drop"]
    for _ in range(4):
        office.joins("canary.wang@example.org", "金丝雀")
    office.settle()
    sink.stop()
    office.restart()
    office.joins("canary.wang@example.org", "金丝雀")
    office.settle()
    told = log.getvalue()
    assert "mail refused" in told
    assert "mails wait" in told
    assert all(canary not in told for canary in ("canary", "金丝雀", "token-", "example.org"))
    office.close()


def test_an_operator_sees_what_waits_and_has_progress_computed_anew(tmp_path: Path) -> None:
    office = PostOffice(tmp_path)
    office.launches()
    office.member()
    office.close()
    shown = CliRunner().invoke(notifier, ["status", "--data", str(tmp_path)])
    assert "confirmation           sent" in shown.output
    done = CliRunner().invoke(notifier, ["rebuild-progress", "--data", str(tmp_path)])
    assert done.exit_code == 0


def test_nobody_takes_progress_away_from_a_running_notifier(tmp_path: Path) -> None:
    office = PostOffice(tmp_path)
    done = CliRunner().invoke(notifier, ["rebuild-progress", "--data", str(tmp_path)])
    assert done.exit_code == 1
    assert "stop Chorus first" in done.output
    office.close()


def test_a_folder_without_a_notifier_stays_as_it_is(tmp_path: Path) -> None:
    for command in ("status", "rebuild-progress"):
        done = CliRunner().invoke(notifier, [command, "--data", str(tmp_path)])
        assert (done.exit_code, "no notifier ever ran" in done.output) == (1, True)
    assert not list(tmp_path.iterdir())


def test_a_second_process_takes_back_no_mail_of_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office = PostOffice(tmp_path)
    office.launches()
    office.joins()
    office.follow()
    claimed = SqlOutbox(office.service.engine, office.settings.instance).claim(office.clock.now(), True, TOMORROW)
    monkeypatch.setattr("services.notifier.wiring.LOCK_SECONDS", 0.1)
    with pytest.raises(FolderInUse):
        build(office.settings, office.clock, office.campaign_service, office.stream)
    assert office.service.timed[0].next_due() == TOMORROW
    assert len(claimed) == 1
    office.close()
