"""An operator plays parked records again: what one failing release parked, the next one reads."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, select

from services.contracts.envelope import Envelope
from services.contracts.topics import PROGRESS
from services.embedded.redrive import redrive
from services.gateway.inbox.progress import KeepProgress
from services.gateway.readmodels.tables import CAMPAIGNS
from services.gateway.wiring import HOME
from services.kit.folder_lock import FolderLock
from services.kit.metrics import Metrics
from services.kit.sql.engine import sqlite_engine
from services.kit.sql.migrate import migrate
from services.kit.stream.consumer import Consumer
from services.kit.stream.in_process import InProcessStream
from services.kit.stream.port import Record
from services.notifier.settings import NotifierSettings
from services.notifier.wiring import open_database

CAMPAIGN = "7d0c2a52-8c43-4f0e-9a11-3c1d5b7e9f01"
DOCUMENT = {
    "document": {"campaign": CAMPAIGN, "state": "open", "problem": "duplicate_charge", "size": 2},
    "words": {"title": "青禾钱包重复扣款", "summary": "…", "provider_name": "青禾钱包", "demands": []},
}


class Failing(KeepProgress):
    """A release that could not read what it was given."""

    def handle(self, tx: Connection, record: Record) -> None:
        raise ValueError("cannot read this")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A stopped installation with one parked record."""
    for folder in ("campaign", "notifier", "gateway"):
        (tmp_path / folder).mkdir()
    open_database(NotifierSettings(data=tmp_path / "notifier")).dispose()
    gateway = sqlite_engine(tmp_path / "gateway" / "gateway.db", secure_delete=True)
    migrate(gateway, HOME / "migrations")
    stream = InProcessStream(tmp_path / "stream.db")
    time = datetime(2026, 3, 2, tzinfo=UTC)
    envelope = Envelope("1", "/notifier", "progress.document", time, CAMPAIGN, 1, orjson.dumps(DOCUMENT))
    stream.publish(PROGRESS, [Record(envelope, own_key=CAMPAIGN)])
    consumer = Consumer(stream, PROGRESS, Failing(gateway), metrics=Metrics(), dead=stream, by_sequence=False)
    while consumer.run_once():
        pass
    stream.close()
    gateway.dispose()
    return tmp_path


def told(data: Path, *arguments: str) -> str:
    result = CliRunner().invoke(redrive, [*arguments, "--data", str(data)])
    assert result.exit_code == 0, result.output
    return result.output


def test_what_is_parked_is_listed_and_played_again(data: Path) -> None:
    assert f"gateway-progress: campaign {CAMPAIGN}, 1 records" in told(data)
    assert "1 of 1 records played" in told(data, CAMPAIGN)
    assert told(data) == "nothing is parked\n"
    gateway = sqlite_engine(data / "gateway" / "gateway.db", secure_delete=True)
    with gateway.connect() as tx:
        assert tx.execute(select(CAMPAIGNS.c.campaign)).scalars().all() == [CAMPAIGN]
    gateway.dispose()


def test_another_campaign_is_left_alone(data: Path) -> None:
    assert "nothing is parked of campaign" in told(data, "00000000-0000-4000-8000-000000000000")
    assert "1 records" in told(data)


def test_a_running_server_is_not_disturbed(data: Path) -> None:
    lock = FolderLock(data / "campaign")
    lock.acquire(0)
    code = "import sys; from services.embedded.redrive import redrive; redrive(sys.argv[1:])"
    result = subprocess.run(
        [sys.executable, "-c", code, "--data", str(data)], capture_output=True, text=True, check=False
    )
    lock.release()
    assert result.returncode == 1
    assert "stop Chorus first" in result.stderr


def test_a_folder_without_chorus_is_told_so(tmp_path: Path) -> None:
    result = CliRunner().invoke(redrive, ["--data", str(tmp_path)])
    assert result.exit_code == 1
    assert "Chorus never ran" in result.output
    assert not list(tmp_path.iterdir())
