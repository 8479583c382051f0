"""The embedded house on a disk that fills up while people join: it refuses, loses nothing, and goes on by itself."""

from __future__ import annotations

import http.client
import itertools
import time
from pathlib import Path
from typing import Final

from tests.drills.small_disk import SmallDisk
from tests.load.kill import Found, Siege
from tests.load.people import a_join
from tests.load.running import Door

MEGABYTES: Final = 32
PATIENCE_SECONDS: Final = 120.0


def disk_full(folder: Path, *, seconds: float) -> tuple[str, Found]:
    """What was seen, and what the log holds. Raises AssertionError where an answered join is lost or counts twice."""
    with SmallDisk(folder / "data", MEGABYTES) as disk, Siege(folder, clients=4, pause=0.1) as siege:
        time.sleep(seconds)
        worker = siege.server.worker
        disk.fill([worker] if worker is not None else [])
        refused = _until(siege, refused=True)
        siege.look()
        time.sleep(seconds)
        disk.empty([worker] if worker is not None else [])
        _until(siege, refused=False)
        time.sleep(seconds)
        siege.leave_off()
        found = siege.settled()
        assert siege.server.worker == worker, "the server was started again"
    return f"{disk.how}, answers {refused} meanwhile", found


def _until(siege: Siege, *, refused: bool) -> int:
    """The status of the first join that is refused (or taken)."""
    ends = time.monotonic() + PATIENCE_SECONDS
    with Door(siege.server.port, timeout=30) as door:
        for number in itertools.count():
            address = f"sun.yi.{refused}.{number}@example.org"
            try:
                status = door.send("POST", f"/api/v1/campaigns/{siege.campaign}/members", a_join(address)).status
            except (OSError, http.client.HTTPException):
                status = 0
            if (status != 202) is refused:
                return status
            assert time.monotonic() < ends, f"joins are answered {status}"
            time.sleep(0.05)
    raise AssertionError("unreachable")
