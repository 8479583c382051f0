"""An operator starts the embedded server: what stands in the way is told in a line, and it ends as a whole."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from services.embedded.cli import main
from tests.load.running import Door, Server, answers, free_port
from tests.support.smtp_sink import SmtpSink


def run(data: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.embedded.cli", "run", "--port", str(free_port()), "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.02)


def doctor(data: Path) -> str:
    return CliRunner().invoke(main, ["doctor", "--data", str(data)]).output


def test_mails_go_to_the_server_that_was_named_and_all_of_it_ends(tmp_path: Path) -> None:
    sink = SmtpSink().start()
    server = Server(tmp_path / "data", "--smtp", f"127.0.0.1:{sink.port}")
    server.start()
    with Door(server.port) as door:
        door.api("POST", "/sign-in-links", {"email": "li@example.org"})
        until(lambda: sink.recipients == ["li@example.org"])
        assert door.get("/_mailbox").status == 404
    worker = server.worker
    assert worker is not None
    server.stop()
    assert not answers(server.port)
    assert not Path(f"/proc/{worker}").exists()
    sink.stop()


def test_a_secret_that_others_may_read_is_told_and_nothing_is_tried_again(tmp_path: Path) -> None:
    secret = tmp_path / "notifier" / "secrets" / "notifier"
    secret.parent.mkdir(parents=True)
    secret.write_bytes(bytes(32))
    secret.chmod(0o644)
    told = run(tmp_path)
    assert told.returncode == 3
    assert "Chorus cannot start: secret-readable-by-others" in told.stderr
    assert f"chmod 600 {secret}" in doctor(tmp_path)


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("something else")
    told = run(tmp_path / "data")
    assert (told.returncode, "Chorus cannot start" in told.stderr) == (3, True)
    assert "is no folder" in doctor(tmp_path / "data")


@pytest.mark.parametrize("server", [":25", "mail:", "mail:smtp", "mail:0", "mail:65536"])
def test_a_mail_server_that_is_none(tmp_path: Path, server: str) -> None:
    told = CliRunner().invoke(main, ["run", "--port", str(free_port()), "--data", str(tmp_path), "--smtp", server])
    assert told.exit_code == 2
    assert "localhost:1025" in told.output
