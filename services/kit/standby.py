"""Work that one process at a time does, while others stand by: each slice begins with taking, or keeping, a lease."""

from __future__ import annotations

from datetime import datetime

from services.kit.loops import Worker
from services.kit.stream.lease import Lease
from services.kit.timeline import Timed


class Standby:
    """A worker that rests while another process holds its lease. A lease spares work; it is no proof of being alone."""

    def __init__(self, worker: Worker, lease: Lease) -> None:
        self._worker = worker
        self._lease = lease
        self.name = worker.name

    def run_once(self) -> int:
        return self._worker.run_once() if self._lease.hold() else 0


class TimedStandby:
    """The same for work that waits for an instant: nothing is due for whoever does not hold the lease."""

    def __init__(self, timed: Timed, lease: Lease) -> None:
        self._timed = timed
        self._lease = lease
        self.name = timed.name

    def next_due(self) -> datetime | None:
        return self._timed.next_due() if self._lease.hold() else None

    def run_due(self, horizon: datetime, inclusive: bool) -> int:
        return self._timed.run_due(horizon, inclusive) if self._lease.hold() else 0
