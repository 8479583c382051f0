"""Work that one process does while others stand by."""

from __future__ import annotations

from datetime import UTC, datetime

from services.kit.standby import Standby, TimedStandby

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Lent:
    def __init__(self, held: bool) -> None:
        self.held = held

    def hold(self) -> bool:
        return self.held

    def release(self) -> None:
        self.held = False


class Work:
    name = "work"

    def run_once(self) -> int:
        return 3

    def next_due(self) -> datetime | None:
        return NOON

    def run_due(self, horizon: datetime, inclusive: bool) -> int:
        return 2 if horizon == NOON and inclusive else 0


def test_only_the_holder_works() -> None:
    lease = Lent(True)
    follows, waits = Standby(Work(), lease), TimedStandby(Work(), lease)
    assert (follows.name, waits.name) == ("work", "work")
    assert (follows.run_once(), waits.next_due(), waits.run_due(NOON, True)) == (3, NOON, 2)
    lease.release()
    assert (follows.run_once(), waits.next_due(), waits.run_due(NOON, True)) == (0, None, 0)
