"""What has expired is removed, once an hour: no session or link lies about longer than it is good for."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.gateway.accounts.accounts import Accounts
from services.kit.clock import Clock

EVERY = timedelta(hours=1)


class Sweep:
    """A worker; under a clock set by hand it follows that clock."""

    name = "gateway sweep"

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self._accounts = accounts
        self._clock = clock
        self._next: datetime | None = None

    def run_once(self) -> int:
        now = self._clock.now()
        if self._next is not None and now < self._next:
            return 0
        self._next = now + EVERY
        return self._accounts.sessions.sweep() + self._accounts.links.sweep()
