"""What happens because time passes, each thing once: a deadline lapses, a promise is broken, a ballot ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Engine

from services.campaign.application.case import Desk
from services.campaign.application.timekeeping import break_promise, close_ballot, lapse_deadline
from services.campaign.domain.base import DomainError
from services.campaign.readmodels.due_rows import Mark, due_until, next_due
from services.campaign.readmodels.projector import Projector
from services.campaign.readmodels.rows import Row, snapshot
from services.kit.failures import PermanentFailure
from services.kit.logs import logger

SLICE: Final = 100


class TimerWorker:
    """Follows the table of what falls due, which follows the log."""

    name = "campaign-timers"

    def __init__(self, engine: Engine, projector: Projector, desk: Desk) -> None:
        self._engine = engine
        self._projector = projector
        self._without_effect: set[Mark] = set()
        self._acts: Mapping[str, Callable[[Row], bool]] = {
            "filing": lambda row: lapse_deadline(desk, UUID(row["stream"]), date.fromisoformat(row["day"])),
            "promise": lambda row: break_promise(desk, UUID(row["stream"]), UUID(row["thing"])),
            "ballot": lambda row: close_ballot(desk, UUID(row["stream"])),
        }

    def next_due(self) -> datetime | None:
        self._projector.catch_up()
        with snapshot(self._engine) as rows:
            return next_due(rows, self._without_effect)

    def run_due(self, horizon: datetime, inclusive: bool) -> int:
        """Everything due until the horizon; the acts happen now, whatever instant they were due at."""
        done = 0
        while tried := self._slice(horizon, inclusive):
            done += tried
        return done

    def _slice(self, horizon: datetime, inclusive: bool) -> int:
        self._projector.catch_up()
        with snapshot(self._engine) as connection:
            rows = due_until(connection, horizon, inclusive, SLICE + len(self._without_effect))
        rows = [row for row in rows if _mark(row) not in self._without_effect]
        if not rows:
            return 0
        for row in rows:
            self._do(row)
        self._projector.catch_up()
        with snapshot(self._engine) as connection:
            still = due_until(connection, horizon, inclusive, 2 * SLICE + len(self._without_effect))
        self._without_effect |= {_mark(row) for row in rows} & {_mark(row) for row in still}
        return len(rows)

    def _do(self, row: Row) -> None:
        """Once for each thing due; what is refused, broken or without effect is not tried again by this process."""
        try:
            self._acts[row["kind"]](row)
        except (DomainError, PermanentFailure) as refusal:
            logger(__name__).warning("a timer was refused", code=refusal.code, kind=row["kind"])


def _mark(row: Row) -> Mark:
    return row["kind"], row["thing"], row["at"]
