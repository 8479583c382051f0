"""The disk is gone, and yesterday's backup is all there is: what comes back, what stays erased, what goes on."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from services.embedded.cli import main
from tests.load.people import a_join, mails
from tests.load.running import Answer, Door, Server
from tests.support.entrusted import ADDRESSES, ENTRUSTED, NAMES, START, Campaign, lived
from tests.support.haystack import Haystack

MODULE = "tests.support.talkative_server"


def chorus(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result


class Disaster:
    """Tan was erased before the backup, Kun after it; Mo joined after it."""

    def __init__(self, folder: Path) -> None:
        self.data, self.backup, self.later = folder / "data", folder / "backup", folder / "later"
        with lived(folder) as campaign:
            self.id, self.sessions = campaign.id, dict(campaign.sessions)
            campaign.erase("tan")
            self.told = chorus("backup", self.backup, "--data", self.data).output
            campaign.erase("kun")
            campaign.door.api("POST", f"/campaigns/{campaign.id}/members", a_join("mo.yan@example.org", "莫言之"))
            campaign.settle()
            chorus("backup", self.later, "--data", self.data)
        self.old_stream = folder / "stream-that-survived.db"
        with (
            closing(sqlite3.connect(self.data / "stream.db")) as there,
            closing(sqlite3.connect(self.old_stream)) as kept,
        ):
            there.backup(kept)
        shutil.rmtree(self.data)

    def restored(self, data: Path) -> Path:
        chorus("restore", self.backup, "--data", data)
        self.again = chorus("campaign", "erase-again", "--data", data, self.later / "erasures.jsonl").output
        return data


@pytest.fixture(scope="module")
def disaster(tmp_path_factory: pytest.TempPathFactory) -> Disaster:
    return Disaster(tmp_path_factory.mktemp("disaster"))


@pytest.fixture(scope="module")
def after(disaster: Disaster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    """The restored installation, running."""
    data = disaster.restored(tmp_path_factory.mktemp("restored") / "data")
    server = Server(data, "--settable-clock", START, module=MODULE)
    server.start()
    try:
        with Door(server.port) as door:
            campaign = Campaign(server, door)
            campaign.id, campaign.sessions = disaster.id, disaster.sessions
            yield campaign
    finally:
        server.stop()


def test_a_backup_keeps_keys_apart_and_nothing_in_clear(disaster: Disaster) -> None:
    assert "1 erasures" in disaster.told
    found = Haystack()
    found.add_files(disaster.backup, leaving_out=["notifier/mailbox"])
    assert found.found([*NAMES.values(), *ADDRESSES.values(), *ENTRUSTED.values()]) == []
    assert not list(disaster.backup.rglob("keys.db")) and not list(disaster.backup.rglob("secrets"))
    assert all(path.stat().st_mode & 0o077 == 0 for path in disaster.backup.rglob("*.db"))


def test_the_restored_log_is_whole_and_verifies(disaster: Disaster, after: Campaign, tmp_path: Path) -> None:
    export = tmp_path / "history.zip"
    export.write_bytes(after.get(f"/api/v1/campaigns/{after.id}/export").body)
    assert CliRunner().invoke(main, ["audit", "verify", str(export)]).exit_code == 0
    told = CliRunner().invoke(main, ["doctor", "--data", str(after.server.data)])
    assert told.exit_code == 0, told.output


def test_who_was_erased_stays_erased(disaster: Disaster, after: Campaign) -> None:
    assert "1 erased again, 1 were erased already, 0 joined after" in disaster.again
    members = after.get(f"/api/v1/campaigns/{after.id}/members", "organizer").body.decode()
    assert NAMES["lan"] in members and NAMES["kun"] not in members and NAMES["tan"] not in members
    found = Haystack()
    found.add_files(after.server.data, leaving_out=["notifier/mailbox"])
    found.add_database(after.server.data / "campaign" / "events.db")
    assert found.found([NAMES["kun"], ADDRESSES["kun"], ENTRUSTED["reference"], ENTRUSTED["details"]]) == []


def test_evidence_and_work_go_on_and_nothing_is_on_the_stream_twice(disaster: Disaster, after: Campaign) -> None:
    answer: Answer = after.door.send("POST", f"/api/v1/campaigns/{after.id}/members", a_join("mo.yan@example.org"))
    after.settle()
    assert answer.status == 202 and mails(after.door, "mo.yan@example.org", "confirmation")
    with closing(sqlite3.connect(after.server.data / "stream.db")) as stream:
        rows = stream.execute("SELECT headers FROM records WHERE topic = 'campaign.events.v1'").fetchall()
    with closing(sqlite3.connect(after.server.data / "campaign" / "events.db")) as events:
        (head,) = events.execute("SELECT max(notification_id) FROM stored_events").fetchone()
    sequences = sorted(int(dict(orjson.loads(headers))["ce_sequence"]) for (headers,) in rows)
    assert sequences == list(range(1, head + 1))


def test_a_stream_that_survived_the_log_stands_still_with_an_alarm(disaster: Disaster, tmp_path: Path) -> None:
    data = disaster.restored(tmp_path / "data")
    shutil.copyfile(disaster.old_stream, data / "stream.db")
    server = Server(data, "--settable-clock", START, module=MODULE)
    try:
        server.start(ready="/health/live")
        with Door(server.port) as door:
            door.send("POST", "/_clock/settle")
            ready = door.get("/health/ready")
            assert ready.status == 503 and ready.json["checks"]["relay"] == "topic-ahead-of-log"
            assert b'chorus_relay_ahead{topic="campaign.events.v1"} 1.0' in door.get("/metrics").body
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("backup", "{backup}", "--data", "{data}"), "never ran"),
        (("backup", "{backup}", "--data", "{later}"), "is not empty"),
        (("restore", "{backup}", "--data", "{later}"), "is not empty"),
        (("restore", "{backup}", "--data", "{new}", "--keys", "{new}"), "has no keys"),
        (("campaign", "erase-again", "--data", "{later}", "{later}/campaign/events.db"), "not-an-erasure"),
    ],
)
def test_what_cannot_be_done_is_said(
    disaster: Disaster, tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    (tmp_path / "empty").mkdir()
    places = {"backup": disaster.backup, "later": disaster.later, "data": tmp_path / "empty", "new": tmp_path / "new"}
    result = CliRunner().invoke(main, [argument.format(**places) for argument in arguments])
    assert result.exit_code == 1 and expected in result.output
