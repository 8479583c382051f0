"""A server as a child: started with its log in a file, waited for, ended by its number and by nothing else."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Progress = Callable[[float], None]
HOST = "127.0.0.1"


class PartFailed(Exception):
    """A server is not installed, did not come up, or came down; says what and where its log is."""


class Child:
    """One process started here. It leads a group of its own, so that a terminal's Ctrl-C reaches only its owner."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        """`environment` is added to this process's own. Raises PartFailed when there is no such program."""
        self.name = name
        self.log = log
        self._stop_signal = stop_signal
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            try:
                self._process = subprocess.Popen(  # noqa: S603
                    [str(word) for word in command],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **(environment or {})},
                    cwd=folder,
                    start_new_session=True,
                )
            except FileNotFoundError as error:
                raise PartFailed(f"{name}: there is no program {command[0]}") from error

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it lives; a signal's number, negative, when one ended it."""
        return self._process.poll()

    def wait_until(self, ready: Callable[[], bool], *, patience: float = 60, progress: Progress | None = None) -> None:
        """Asks every 50 ms; `progress` hears once a second how long it has been. Raises PartFailed."""
        start, told = time.monotonic(), 0
        while not ready():
            waited = time.monotonic() - start
            if self.exit_code is not None:
                raise PartFailed(f"{self.name} ended with {self.exit_code}\n{self.last_lines()}")
            if waited > patience:
                raise PartFailed(f"{self.name} was not ready in {patience:.0f} s, see {self.log}\n{self.last_lines()}")
            if progress is not None and int(waited) > told:
                told = int(waited)
                progress(waited)
            time.sleep(0.05)

    def wait_for_port(self, port: int, *, patience: float = 60, progress: Progress | None = None) -> None:
        self.wait_until(lambda: port_answers(port), patience=patience, progress=progress)

    def stop(self, patience: float = 20) -> int:
        """Asks it to end, then ends it; returns its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(self._stop_signal)
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._process.wait()

    def kill(self) -> None:
        """As a power cut would: SIGKILL to the process and whatever it started that stayed in its group."""
        if self._process.poll() is None:
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()

    def last_lines(self, count: int = 15) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])


def port_answers(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False


def free_port() -> int:
    """A port of loopback that nobody has now; whoever binds it should do so soon."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def is_alive(pid: int) -> bool:
    """Whether a process runs, ours or not; one that ended and was not collected yet does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    state = Path(f"/proc/{pid}/stat")
    try:
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def end(pid: int, stop_signal: signal.Signals = signal.SIGTERM, patience: float = 20) -> None:
    """Ends a process known by its number only, such as one that an earlier run left behind."""
    for number in (stop_signal, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not is_alive(pid):
                return
            time.sleep(0.05)


def program(name: str, *folders: Path) -> Path | None:
    """Where a program is: in one of the folders, else on PATH."""
    for folder in folders:
        if os.access(folder / name, os.X_OK):
            return folder / name
    found = shutil.which(name)
    return None if found is None else Path(found)
