"""A distributed run for tests: the real supervisor in a process of its own, on free ports, in a folder that goes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from services.distributed.ports import Ports

START_SECONDS = 240.0


class Run:
    """A run that stands. `processes` are looked up anew each time, for some were started again."""

    def __init__(self, process: subprocess.Popen[bytes], data: Path, log: Path) -> None:
        self.process = process
        self.data = data
        self.log = log
        self._told = json.loads((data / "run.json").read_text())
        self.url: str = self._told["url"]
        self.door: str = self._told["door"]

    @property
    def place(self) -> dict[str, str]:
        return dict(self._told["place"])

    def processes(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.door}/_processes", timeout=20) as answer:
            return list(json.loads(answer.read())["processes"])

    def find(self, name: str) -> dict[str, Any]:
        return next(one for one in self.processes() if one["name"] == name)

    def kill(self, name: str) -> None:
        """SIGKILL to the process and all that it started."""
        os.killpg(int(self.find(name)["pid"]), signal.SIGKILL)

    def ready(self, name: str) -> bool:
        one = self.find(name)
        if one["pid"] is None or one["kind"] == "part":
            return one["pid"] is not None
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{one['port']}/health/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def until_ready(self, *names: str, seconds: float = 90) -> None:
        ends = time.monotonic() + seconds
        for name in names or [one["name"] for one in self.processes()]:
            while not self.ready(name):
                assert time.monotonic() < ends, f"{name} is not ready:\n{self.told()}"
                time.sleep(0.1)

    def told(self) -> str:
        return self.log.read_text(errors="replace")[-4000:]


@contextmanager
def distributed_run(*options: str, data: Path | None = None) -> Iterator[Run]:
    """`options` of the supervisor beside port and data. The folder is one that PostgreSQL's account may enter."""
    folder = Path(tempfile.mkdtemp(prefix="chorus-distributed-"))
    folder.chmod(0o755)
    data, log = data or folder / "data", folder / "log"
    command = [sys.executable, "-m", "services.distributed.run", "--port", str(Ports().take()), "--data", str(data)]
    with log.open("ab") as out:
        process = subprocess.Popen([*command, *options], stdout=out, stderr=out, start_new_session=True)
    try:
        yield _standing(process, data, log)
    except BaseException as error:
        error.add_note(_last_words(data, log))
        raise
    finally:
        process.terminate()
        try:
            process.wait(60)
        finally:
            if process.poll() is None:
                process.kill()
            shutil.rmtree(folder, ignore_errors=True)


def _last_words(data: Path, log: Path) -> str:
    """The run's own log, and what each process complained about last."""
    told = [log.read_text(errors="replace")[-3000:]]
    for path in sorted((data / "logs").glob("*.log")):
        lines = path.read_text(errors="replace").splitlines()
        complaints = [line[:400] for line in lines if '"level": "info"' not in line]
        told += [f"{path.name}: {len(lines)} lines", *complaints[-6:]]
    return "\n".join(told)


def _standing(process: subprocess.Popen[bytes], data: Path, log: Path) -> Run:
    ends = time.monotonic() + START_SECONDS
    while not (data / "run.json").exists():
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < ends, log.read_text(errors="replace")
        time.sleep(0.1)
    return Run(process, data, log)
