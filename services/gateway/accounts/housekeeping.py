"""What has expired is removed, once an hour: no session or link lies about longer than it is good for."""

from __future__ import annotations

from datetime import timedelta

from services.gateway.accounts.accounts import Accounts
from services.kit.clock import Clock
from services.kit.interval import Interval

EVERY = timedelta(hours=1)


class Sweep:
    """A worker; under a clock set by hand it follows that clock."""

    name = "gateway sweep"

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._interval = Interval(EVERY)

    def run_once(self) -> int:
        if not self._interval.due(self._clock.now()):
            return 0
        return self._accounts.sessions.sweep() + self._accounts.links.sweep()
