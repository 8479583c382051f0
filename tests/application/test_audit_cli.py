"""The auditor's command line: export from a folder or a running Chorus, replay, verify; exit codes and help."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from services.campaign.adapters.schema import SCHEMA
from services.campaign.audit.cli import audit
from tests.support.exports import canonical, exported, forged, parts_of
from tests.support.history import History, whole_campaign

HISTORY = whole_campaign()
SOUND = exported(HISTORY)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(audit, [str(argument) for argument in arguments])


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "history.zip"
    path.write_bytes(SOUND)
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder as the event store writes it."""
    folder = tmp_path / "data"
    folder.mkdir()
    store(folder / "events.db", HISTORY)
    return folder


def store(path: Path, history: History) -> None:
    db = sqlite3.connect(path)
    for statement in SCHEMA:
        db.execute(statement)
    db.execute("INSERT INTO campaigns VALUES (1, ?, ?, 'open')", (history.id.bytes, len(history.rows)))
    for row, leaf in zip(history.rows, history.objects(), strict=True):
        stream = bytes.fromhex(leaf["stream"].replace("-", ""))
        db.execute(
            "INSERT INTO stored_events VALUES (?,?,?,1,?,?,?,NULL)",
            (row.log_index + 1, stream, leaf["n"], row.log_index, leaf["type"], row.state),
        )
    for number, (event, disclosures) in enumerate(history.words.items()):
        db.execute("INSERT INTO content VALUES (?,?,?)", (number, event.bytes, "~".join(disclosures)))
    db.commit()
    db.close()


@pytest.fixture
def gateway() -> Iterator[str]:
    """Answers the export of one campaign, 404 for others."""

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = {"export": SOUND, "progress": canonical(HISTORY.document())}
            campaign, _, what = self.path.removeprefix("/api/v1/campaigns/").partition("/")
            there = campaign == str(HISTORY.id) and what in found
            self.send_response(200 if there else 404)
            self.end_headers()
            self.wfile.write(found[what] if there else b"{}")

        def log_message(self, *arguments: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_export_from_a_data_folder_is_the_export(data: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.zip"
    done = run("export", HISTORY.id, "-o", output, "--data", data)
    assert done.exit_code == 0, done.output
    assert output.read_bytes() == SOUND


def test_export_from_a_running_chorus(gateway: str, tmp_path: Path) -> None:
    output = tmp_path / "out.zip"
    numbers = tmp_path / "numbers.json"
    assert run("export", HISTORY.id, "-o", output, "--url", gateway, "--numbers", numbers).exit_code == 0
    assert output.read_bytes() == SOUND
    assert run("verify", output, "--numbers", numbers).exit_code == 0
    numbers.write_bytes(canonical({**HISTORY.document(), "claims": 77}))
    assert run("verify", output, "--numbers", numbers).exit_code == 1


def test_an_export_that_fails_leaves_no_file(gateway: str, data: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.zip"
    for arguments in (("--url", gateway), ("--data", data), ("--data", tmp_path / "empty"), ("--url", "file:///etc")):
        failed = run("export", uuid4(), "-o", output, *arguments)
        assert failed.exit_code == 2, failed.output
        assert "Error: " in failed.output and "Traceback" not in failed.output
    assert run("export", HISTORY.id, "-o", output).exit_code == 2
    assert list(tmp_path.glob("out*")) == []


def test_a_store_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "events.db").write_bytes(b"not a database, only some text that is long enough" * 100)
    failed = run("export", uuid4(), "-o", tmp_path / "out.zip", "--data", tmp_path)
    assert (failed.exit_code, "store-unreadable" in failed.output) == (2, True)


def test_verify_tells_ok_findings_and_unusable_by_its_exit_code(export: Path, tmp_path: Path) -> None:
    sound = run("verify", export)
    assert (sound.exit_code, sound.output.splitlines()[-1]) == (0, "ok: nothing wrong found")
    parts = parts_of(SOUND)
    numbers = json.loads(parts["progress.json"])
    numbers["document"]["members_confirmed"] = 2000
    text = json.dumps(numbers, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    export.write_bytes(forged({**parts, "progress.json": text.encode()}))
    wrong = run("verify", export)
    assert wrong.exit_code == 1
    assert "number-differs" in wrong.output and "members_confirmed=2000" in wrong.output
    export.write_bytes(b"nothing")
    assert run("verify", export).exit_code == 2
    assert run("verify", tmp_path / "none.zip").exit_code == 2


def test_verify_as_json(export: Path) -> None:
    report = json.loads(run("verify", export, "--json").output)
    assert (report["verify"], report["size"], report["findings"]) == ("ok", 38, [])


def test_replay_tells_events_in_order_and_the_numbers_of_that_moment(export: Path) -> None:
    told = run("replay", export, "--at", "2026-03-02T12:00+08:00", "--lang", "en")
    assert told.exit_code == 0, told.output
    text, _, numbers = told.output.partition("{\n")
    assert "Title: 重复扣款" in text
    assert text.rstrip().endswith("[The words were removed.]")
    assert json.loads("{" + numbers)["members_confirmed"] == 3
    assert "成员" in run("replay", export).output
    assert json.loads(run("replay", export, "--json", "--at", 5).output)["size"] == 5


def test_replay_of_what_is_no_moment_or_no_export(export: Path) -> None:
    assert run("replay", export, "--at", "yesterday").exit_code == 2
    parts = parts_of(SOUND)
    export.write_bytes(forged({**parts, "leaves.jsonl": parts["leaves.jsonl"].replace(b'"n":1', b'"n":1.0', 1)}))
    broken = run("replay", export)
    assert (broken.exit_code, "float" in broken.output) == (2, True)


@pytest.mark.parametrize("command", [[], ["export"], ["replay"], ["verify"]])
def test_help_shows_an_example_to_copy(command: list[str]) -> None:
    told = run(*command, "--help")
    assert told.exit_code == 0
    assert "chorus audit" in told.output
