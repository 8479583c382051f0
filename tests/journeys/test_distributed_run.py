"""An operator runs the whole installation on one machine: it ends as a whole, however it ends, and goes on later."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.distributed.guard import MARK
from services.embedded.player.door import Call, Door
from tests.load.running import free_port
from tests.support.distributed import Run, distributed_run

ONE_EACH = ("--gateways", "1", "--campaigns", "1", "--notifiers", "1")


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="chorus-kept-"))
    folder.chmod(0o755)
    yield folder / "data"
    shutil.rmtree(folder)


def left_of(run: Run) -> list[str]:
    """Processes that bear the mark of a run, whoever is their parent."""
    mark = f"{MARK}={run.process.pid}-".encode()
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark in (entry / "environ").read_bytes():
                found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def until_nothing_is_left(run: Run, seconds: float) -> float:
    began = time.monotonic()
    while left := left_of(run):
        assert time.monotonic() - began < seconds, left
        time.sleep(0.1)
    return time.monotonic() - began


@pytest.mark.timeout(400)
def test_it_ends_as_a_whole_however_it_ends_and_goes_on_with_its_data(data: Path) -> None:
    with distributed_run(*ONE_EACH, data=data) as run:
        assert len(left_of(run)) >= 11
        door = Door(run.url)
        assert door.call(Call("POST", "/sign-in-links", {"email": "li@example.org"})).status == 202
        ends = time.monotonic() + 20
        while not (first := door.mail(to="li@example.org")):
            assert time.monotonic() < ends, run.told()
            time.sleep(0.1)
        door.close()
        os.killpg(run.process.pid, signal.SIGINT)
        assert run.process.wait(30) == 0
        assert left_of(run) == []
    with distributed_run(*ONE_EACH, data=data) as again:
        door = Door(again.url)
        assert [mail["id"] for mail in door.mail(to="li@example.org")] == [mail["id"] for mail in first]
        door.close()
        refused = start("--port", str(free_port()), "--data", str(data))
        assert (refused.returncode, "another run is there" in refused.stderr) == (1, True)
        again.process.kill()
        again.process.wait()
        assert until_nothing_is_left(again, 30) < 30


def test_a_port_that_is_taken_is_told_before_anything_is_started(data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as sitting:
        port = sitting.getsockname()[1]
        refused = start("--port", str(port), "--data", str(data))
    assert refused.returncode == 1
    assert f"port {port} is in use; choose another one: make run-distributed PORT={port + 1}" in refused.stderr
    assert not data.exists()


def test_a_clock_needs_an_instant_with_its_offset(data: Path) -> None:
    refused = start("--port", str(free_port()), "--data", str(data), "--settable-clock", "2026-03-02 09:00")
    assert (refused.returncode, "an instant with its offset" in refused.stderr) == (2, True)


def start(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "services.distributed.run", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
