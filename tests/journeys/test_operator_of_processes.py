"""An operator runs the whole installation on one machine: one id through all logs, a doctor that finds each service
well, numbers of each process; it ends as a whole, however it ends, and goes on later."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from services.distributed.guard import MARK
from services.distributed.processes import Place, entry
from tests.load.people import a_join, mailed_token, mails, published
from tests.load.running import Door, free_port
from tests.support.distributed import Run, distributed_run

CHORUS = Path(__file__).parents[2] / ".venv" / "bin" / "chorus"
ONE_EACH = ("--gateways", "1", "--campaigns", "1", "--notifiers", "1")
SEEN_IN = {"request": "gateway-web", "mail sent": "notifier-worker"}


class Joined(NamedTuple):
    email: str
    request: str
    """Its id, as the answer told it."""


class Home:
    """An installation with its data; whoever needs it running starts it again where another test ended it.

    `joined` is somebody who joined since the last start, and has the mail.
    """

    def __init__(self, folder: Path, closing: ExitStack) -> None:
        self.data = folder / "data"
        self._closing = closing
        self._runs: list[Run] = []
        self.joined: Joined

    def standing(self) -> Run:
        if not self._runs or self._runs[-1].process.poll() is not None:
            self._runs.append(self._closing.enter_context(distributed_run(*ONE_EACH, data=self.data)))
            self._runs[-1].until_ready()
            self.joined = somebody_joins(self._runs[-1], len(self._runs))
        return self._runs[-1]


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    folder = Path(tempfile.mkdtemp(prefix="chorus-kept-"))
    folder.chmod(0o755)
    with ExitStack() as closing:
        closing.callback(shutil.rmtree, folder)
        yield Home(folder, closing)


@pytest.fixture
def run(home: Home) -> Run:
    return home.standing()


def somebody_joins(run: Run, number: int) -> Joined:
    organizer, email = f"he.jing.{number}@example.org", f"zhao.min.{number}@example.org"
    with Door(urlsplit(run.url).port or 80) as door, Door(int(run.find("mail")["port"])) as mailbox:
        browser = door.api("POST", "/sign-in-links", {"email": organizer})["browser"]
        token = mailed_token(mailbox, organizer, "sign-in", 60)
        session = door.api("POST", "/sessions", {"token": token, "browser": browser})["session"]
        campaign = published(door, session)
        answer = door.send("POST", f"/api/v1/campaigns/{campaign}/members", a_join(email))
    joined = Joined(email, answer.headers["x-request-id"])
    until_mailed(run, joined.request)
    return joined


def lines(run: Run, request: str) -> list[dict[str, Any]]:
    """Of all logs, those that name this request."""
    texts = [path.read_text(errors="replace") for path in sorted((run.data / "logs").glob("*.log"))]
    found = [line for text in texts for line in text.splitlines() if request in line]
    assert all(line.startswith("{") for line in found), found
    return [json.loads(line) for line in found]


def until_mailed(run: Run, request: str, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not any(line["event"] == "mail sent" for line in lines(run, request)):
        assert time.monotonic() < ends, run.told()
        time.sleep(0.1)


def letters(run: Run, email: str) -> list[str]:
    with Door(int(run.find("mail")["port"])) as mailbox:
        return [str(mail["id"]) for mail in mails(mailbox, email)]


@pytest.mark.timeout(400)
def test_one_id_leads_from_the_gateways_log_to_the_notifiers(run: Run, home: Home) -> None:
    found = {line["event"]: line["service"] for line in lines(run, home.joined.request)}
    assert {event: found.get(event, "").rstrip("-0123456789") for event in SEEN_IN} == SEEN_IN


@pytest.mark.parametrize("name", ["campaign-worker", "notifier-worker", "gateway-web"])
def test_the_doctor_finds_each_service_well(run: Run, name: str) -> None:
    environment = entry(name).environment(Place(**run.place))
    bare = {key: value for key, value in os.environ.items() if not key.startswith("CHORUS_")}
    told = subprocess.run([CHORUS, "doctor"], env={**bare, **environment}, capture_output=True, text=True, check=False)
    assert told.returncode == 0 and "all is well" in told.stdout, told.stdout + told.stderr


def test_each_process_tells_its_numbers(run: Run) -> None:
    told = {}
    for one in run.processes():
        if one["kind"] != "part":
            with urllib.request.urlopen(f"http://127.0.0.1:{one['port']}/metrics", timeout=10) as answer:
                told[one["name"].rstrip("-0123456789")] = answer.read().decode()
    for name, metric in (
        ("campaign-web", "chorus_commit_seconds_count"),
        ("campaign-relay", 'chorus_relay_position{topic="campaign.events.v1"}'),
        ("campaign-worker", "chorus_views_lag"),
        ("notifier-worker", 'chorus_mails_total{kind="confirmation",outcome="sent"}'),
        ("gateway-inbox", 'chorus_consumer_lag{consumer="gateway-progress"}'),
        ("gateway-web", "chorus_live_streams"),
    ):
        assert metric in told[name], name


@pytest.mark.timeout(400)
def test_it_ends_as_a_whole_however_it_ends_and_goes_on_with_its_data(home: Home, run: Run) -> None:
    assert len(left_of(run)) >= 11
    joined = home.joined
    first = letters(run, joined.email)
    os.killpg(run.process.pid, signal.SIGINT)
    assert run.process.wait(30) == 0
    assert left_of(run) == []
    again = home.standing()
    assert first and letters(again, joined.email) == first
    refused = start("--port", str(free_port()), "--data", str(home.data))
    assert (refused.returncode, "another run is there" in refused.stderr) == (1, True)
    again.process.kill()
    again.process.wait()
    assert until_nothing_is_left(again, 30) < 30


def left_of(run: Run) -> list[str]:
    """Processes that bear the mark of a run, whoever is their parent."""
    mark = f"{MARK}={run.process.pid}-".encode()
    found = []
    for one in Path("/proc").iterdir():
        try:
            if one.name.isdigit() and mark in (one / "environ").read_bytes():
                found.append((one / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def until_nothing_is_left(run: Run, seconds: float) -> float:
    began = time.monotonic()
    while left := left_of(run):
        assert time.monotonic() - began < seconds, left
        time.sleep(0.1)
    return time.monotonic() - began


def test_a_port_that_is_taken_is_told_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sitting:
        port = sitting.getsockname()[1]
        refused = start("--port", str(port), "--data", str(tmp_path / "data"))
    assert refused.returncode == 1
    assert f"port {port} is in use; choose another one: make run-distributed PORT={port + 1}" in refused.stderr
    assert not (tmp_path / "data").exists()


def test_a_clock_needs_an_instant_with_its_offset(tmp_path: Path) -> None:
    refused = start(
        "--port", str(free_port()), "--data", str(tmp_path / "data"), "--settable-clock", "2026-03-02 09:00"
    )
    assert (refused.returncode, "an instant with its offset" in refused.stderr) == (2, True)


def start(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.distributed.run", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
