"""A server in a process of its own, and a door to it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
EMBEDDED = "services.embedded.serve"
IDLE_SECONDS = 5.0
"""A connection that rested longer may be closed by the server just now."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Door:
    """One kept connection to a server; not for several threads at once."""

    def __init__(self, port: int, timeout: float = 30.0) -> None:
        self.port = port
        self._timeout = timeout
        self._kept: http.client.HTTPConnection | None = None
        self._used = 0.0

    def send(
        self, method: str, path: str, body: object = None, token: str | None = None, **headers: str
    ) -> Answer:  # fmt: skip
        """Raises OSError or http.client.HTTPException when there is no (whole) answer."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            told["Authorization"] = f"Bearer {token}"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None:
            told.setdefault("Content-Type", "application/json")
        if time.monotonic() - self._used > IDLE_SECONDS:
            self.close()
        if self._kept is None:
            self._kept = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self._timeout)
        try:
            self._kept.request(method, path, data, told)
            response = self._kept.getresponse()
            answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
            self._used = time.monotonic()
            return answer
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def get(self, path: str, token: str | None = None, **headers: str) -> Answer:
        return self.send("GET", path, None, token, **headers)

    def api(self, method: str, path: str, body: object = None, token: str | None = None, **headers: str) -> Any:
        """The JSON of a good answer; anything else is a failure of the run."""
        answer = self.send(method, f"/api/v1{path}", body, token, **headers)
        assert answer.status < 300, f"{method} {path}: {answer.status} {answer.body.decode(errors='replace')[:500]}"
        return answer.json if answer.body else None

    def __enter__(self) -> Door:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None


class Server:
    """`module` (and a command of it) is run with `--port --data` and more; it can be killed as by a fault."""

    def __init__(self, data: Path, *arguments: str, port: int | None = None, module: str = EMBEDDED) -> None:
        self.port = port or free_port()
        self.data = data
        self.log = data.with_name(data.name + ".log")
        self._command = [
            sys.executable, "-m", *module.split(), "--port", str(self.port), "--data", str(data), *arguments,
        ]  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, ready: str = "/health/ready", seconds: float = 60.0) -> float:
        """Seconds until `ready` answers 200."""
        started = time.perf_counter()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command, cwd=ROOT, stderr=log, stdout=log, env=_environment())
        while not answers(self.port, ready):
            waited = time.perf_counter() - started
            if self._process.poll() is not None or waited > seconds:
                self.kill()
                raise AssertionError(f"the server does not answer:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.02)
        return time.perf_counter() - started

    @property
    def worker(self) -> int | None:
        """The process that answers; None while there is none."""
        if self._process is None:
            return None
        try:
            children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        except OSError:
            return None
        return int(children[0]) if children else None

    def kill(self) -> None:
        """`kill -9` of worker and master at once."""
        assert self._process is not None
        worker = self.worker
        self._process.kill()
        if worker is not None:
            kill(worker)
        self._process.wait()
        self._process = None
        if worker is not None:
            _gone(worker)

    def kill_master(self) -> None:
        """`kill -9`; its worker lives on until it notices."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def cpu_seconds(self) -> float:
        """Of the worker, so far."""
        fields = Path(f"/proc/{self.worker}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _environment() -> dict[str, str]:
    """As an installation has it, with compiled modules kept, though beside the tree."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {"PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "chorus-bytecode"), **kept}


def answers(port: int, path: str = "/health/ready") -> bool:
    with Door(port, timeout=5) as door:
        try:
            return door.get(path).status == 200
        except (OSError, http.client.HTTPException):
            return False


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _gone(pid: int) -> None:
    """A killed grandchild is reaped by init a moment later; its lock and files are free then."""
    for _ in range(500):
        if not Path(f"/proc/{pid}").exists() or " Z " in Path(f"/proc/{pid}/stat").read_text():
            return
        time.sleep(0.01)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
