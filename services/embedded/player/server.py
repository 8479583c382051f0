"""A server of one's own for a play: started on a free port with the settable clock, ended by its process id."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from services.embedded.player.door import DoorShut

START_SECONDS: Final = {"embedded": 60.0, "distributed": 240.0}
"""The parts of a distributed run may have to be fetched first."""
END_SECONDS: Final = 30.0
Target = Literal["embedded", "distributed"]
PROGRAMS: Final[dict[str, tuple[str, ...]]] = {
    "embedded": ("services.embedded.cli", "run"),
    "distributed": ("services.distributed.run",),
}


READY: Final = {"embedded": "/health/ready", "distributed": "/_clock"}
"""The page of a distributed run's clock is there when all its processes are ready."""


@contextmanager
def own_server(start: datetime, keep: Path | None, target: Target = "embedded") -> Iterator[str]:
    """The base URL of a fresh server. Its data are kept in `keep`, else they go with it.

    Raises DoorShut when the folder is in use or the server does not come up.
    """
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise DoorShut(f"{keep} is not empty; name a folder that is new or empty")
    with tempfile.TemporaryDirectory(prefix="chorus-play-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        data = (keep or Path(folder) / "data").resolve()
        port = _free_port()
        log = Path(folder) / "server.log"
        with log.open("wb") as out:
            arguments = ["--port", str(port), "--data", str(data), "--settable-clock", start.isoformat()]
            command = [sys.executable, "-m", *PROGRAMS[target], *arguments]
            process = subprocess.Popen(command, stdout=out, stderr=out)  # noqa: S603
        try:
            _until_ready(process, f"http://127.0.0.1:{port}{READY[target]}", log, START_SECONDS[target])
            yield f"http://127.0.0.1:{port}"
        finally:
            _end(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_ready(process: subprocess.Popen[bytes], url: str, log: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise DoorShut(f"the server did not come up\n{log.read_text(errors='replace').strip()[-2000:]}")
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    told = log.read_text(errors="replace").strip()[-2000:]
    raise DoorShut(f"the server did not come up within {seconds:.0f} s\n{told}")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
