"""Ends whatever a local run leaves behind, when its supervisor is gone, however it went.

Every process that the supervisor starts, and every one that those start, carries a mark in its environment. A guard
in a session of its own waits for the end of a pipe that only the supervisor holds, and then ends what bears the mark.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.distributed.parts.process import is_alive

MARK: Final = "CHORUS_LOCAL_RUN"
OURS: Final = b"services."
"""Services go first, then what they stand on."""
PATIENCE_SECONDS: Final = 5.0


class Guard:
    """The supervisor's end of the pipe; made before anything is started."""

    def __init__(self) -> None:
        os.environ[MARK] = f"{os.getpid()}-{time.time_ns()}"
        command = [sys.executable, "-m", "services.distributed.guard", os.environ[MARK]]
        self._process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            cwd=Path(__file__).parents[2],
            env={name: value for name, value in os.environ.items() if name != MARK},
        )

    def close(self) -> None:
        """Returns when nothing of the run is left."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()


def main(mark: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.stdin.read()
    _end([pid for pid in _marked(mark) if OURS in _read(pid, "cmdline")])
    _end(list(_marked(mark)))


def _marked(mark: str) -> Iterator[int]:
    wanted = f"{MARK}={mark}".encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and wanted in _read(int(entry.name), "environ").split(b"\0"):
            yield int(entry.name)


def _end(pids: list[int]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in pids:
            _signal(pid, number)
        ends = time.monotonic() + PATIENCE_SECONDS
        while any(is_alive(pid) for pid in pids) and time.monotonic() < ends:
            time.sleep(0.05)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _read(pid: int, what: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{what}").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    main(sys.argv[1])
