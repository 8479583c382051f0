"""An operator's commands where the services are processes of their own: by settings, and while nobody else works."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner
from sqlalchemy import Connection, select

from services.contracts.envelope import Envelope
from services.contracts.topics import PROGRESS
from services.embedded.cli import main
from services.gateway.inbox.progress import KeepProgress
from services.gateway.readmodels.tables import CAMPAIGNS
from services.gateway.wiring import INBOX
from services.gateway.wiring import MIGRATIONS as GATEWAY
from services.kit.metrics import Metrics
from services.kit.sql.migrate import migrate
from services.kit.stream.consumer import Consumer
from services.kit.stream.in_process import InProcessStream
from services.kit.stream.port import Record
from services.notifier.wiring import MIGRATIONS as NOTIFIER
from services.notifier.wiring import WORKER
from tests.support.postgres import PASSWORD, Database, database

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
def db() -> Iterator[Database]:
    with database() as db:
        yield db


def chorus(db: Database, *words: str) -> tuple[int, str]:
    given = {"CHORUS_KAFKA": "127.0.0.1:1"}
    for service in ("NOTIFIER", "GATEWAY"):
        given |= {f"CHORUS_{service}_DATABASE": db.url, f"CHORUS_{service}_DATABASE_PASSWORD": str(PASSWORD)}
    result = CliRunner().invoke(main, list(words), env=given)
    return result.exit_code, result.output


@pytest.mark.parametrize("service", ["notifier", "gateway"])
def test_migrating_twice_changes_nothing(db: Database, service: str) -> None:
    first = chorus(db, service, "migrate")
    assert first[0] == 0 and first[1].startswith(f"{service} at 0")
    assert chorus(db, service, "migrate") == first


def test_what_waits_is_told_and_progress_is_computed_anew(db: Database) -> None:
    assert chorus(db, "notifier", "status") == (1, "Error: schema-missing\n")
    migrate(db.engine(), NOTIFIER)
    assert chorus(db, "notifier", "status") == (0, "")
    assert chorus(db, "notifier", "rebuild-progress")[0] == 0
    assert chorus(db, "notifier", "redrive") == (0, "nothing is parked\n")


def test_nothing_is_taken_away_from_those_who_work(db: Database) -> None:
    migrate(db.engine(), NOTIFIER)
    with db.engine(WORKER).connect():
        assert "stop notifier's workers first" in chorus(db, "notifier", "rebuild-progress")[1]
        assert "stop notifier's workers first" in chorus(db, "notifier", "redrive")[1]
        assert chorus(db, "notifier", "status")[0] == 0


def test_what_is_parked_is_listed_and_played_again(db: Database, tmp_path: Path) -> None:
    migrate(db.engine(), GATEWAY)
    parks_one(db, tmp_path)
    with db.engine(INBOX).connect() as working:
        assert "stop gateway's inboxes first" in chorus(db, "gateway", "redrive")[1]
        working.detach()
    assert f"gateway-progress: campaign {CAMPAIGN}, 1 records" in chorus(db, "gateway", "redrive")[1]
    assert "1 of 1 records played" in chorus(db, "gateway", "redrive", CAMPAIGN)[1]
    assert chorus(db, "gateway", "redrive") == (0, "nothing is parked\n")
    with db.engine().connect() as tx:
        assert tx.execute(select(CAMPAIGNS.c.campaign)).scalars().all() == [CAMPAIGN]


def parks_one(db: Database, folder: Path) -> None:
    stream = InProcessStream(folder / "stream.db")
    time = datetime(2026, 3, 2, tzinfo=UTC)
    envelope = Envelope("1", "/notifier", "progress.document", time, CAMPAIGN, 1, orjson.dumps(DOCUMENT))
    stream.publish(PROGRESS, [Record(envelope, own_key=CAMPAIGN)])
    consumer = Consumer(stream, PROGRESS, Failing(db.engine()), metrics=Metrics(), dead=stream, by_sequence=False)
    while consumer.run_once():
        pass
    stream.close()
