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
from typing import Final

from services.embedded.player.door import DoorShut

START_SECONDS: Final = 60.0
END_SECONDS: Final = 15.0


@contextmanager
def own_server(start: datetime, keep: Path | None) -> Iterator[str]:
    """The base URL of a fresh server. Its data are kept in `keep`, else they go with it.

    Raises DoorShut when the folder is in use or the server does not come up.
    """
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise DoorShut(f"{keep} is not empty; name a folder that is new or empty")
    with tempfile.TemporaryDirectory(prefix="chorus-play-", ignore_cleanup_errors=True) as folder:
        data = (keep or Path(folder) / "data").resolve()
        port = _free_port()
        log = Path(folder) / "server.log"
        with log.open("wb") as out:
            arguments = ["run", "--port", str(port), "--data", str(data), "--settable-clock", start.isoformat()]
            command = [sys.executable, "-m", "services.embedded.cli", *arguments]
            process = subprocess.Popen(command, stdout=out, stderr=out)  # noqa: S603
        try:
            _until_ready(process, f"http://127.0.0.1:{port}", log)
            yield f"http://127.0.0.1:{port}"
        finally:
            _end(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=2):  # noqa: S310
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    told = log.read_text(errors="replace").strip()[-2000:]
    raise DoorShut(f"the server did not come up within {START_SECONDS:.0f} s\n{told}")


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
