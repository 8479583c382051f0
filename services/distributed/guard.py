"""Ends the processes of a local run when their supervisor is gone without having done so, however it went."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from services.distributed.parts.process import is_alive

PATIENCE_SECONDS: Final = 5.0
"""For each stage: services first, then what they stand on."""


class Guard:
    """The supervisor's end: a pipe to a process of its own session, which reads until the supervisor is gone."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "services.distributed.guard"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
            cwd=Path(__file__).parents[2],
        )

    def watch(self, pid: int, stage: int) -> None:
        """Should this process be gone, `pid` is ended; lower stages first."""
        self._say(f"{stage} {pid} {_born(pid)}")

    def dismiss(self) -> None:
        """All has ended in order."""
        self._say("bye")
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _say(self, line: str) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    watched: dict[int, tuple[int, str]] = {}
    for line in sys.stdin:
        if line.strip() == "bye":
            return
        stage, pid, born = line.split()
        watched[int(pid)] = (int(stage), born)
    for stage in sorted({stage for stage, _ in watched.values()}):
        _end([pid for pid, (its, born) in watched.items() if its == stage and _born(pid) == born])


def _end(pids: list[int]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in pids:
            _signal(pid, number)
        ends = time.monotonic() + PATIENCE_SECONDS
        while any(is_alive(pid) for pid in pids) and time.monotonic() < ends:
            time.sleep(0.05)


def _signal(pid: int, number: signal.Signals) -> None:
    """Each leads a group of its own; what it started ends with it when it has to be killed."""
    try:
        if number is signal.SIGKILL:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _born(pid: int) -> str:
    """When a process was started: a number that was given again belongs to another."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return "-"


if __name__ == "__main__":
    main()
