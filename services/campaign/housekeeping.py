"""What is tidied now and then: erasures that a crash left, what nobody will ask for again, files no event tells of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.campaign.adapters.tokens_sql import SqlTokens
from services.campaign.application.case import Desk
from services.campaign.application.erasure import resume_erasures
from services.campaign.application.orphans import drop_orphans
from services.kit.failures import TemporaryFailure

ANSWERS_KEPT: Final = timedelta(days=7)
TOKENS_KEPT: Final = timedelta(days=1)


@dataclass
class Chore:
    """Done at the first run, unless it can wait, and then once in a while."""

    every: timedelta
    do: Callable[[datetime], object]
    can_wait: bool = False
    done: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Also after the clock was set back, rather than never for as long."""
        if self.done is None and self.can_wait:
            self.done = now
        return self.done is None or not self.done <= now < self.done + self.every


class Housekeeping:
    """A worker. Erasures are looked for every minute: a process that was killed may have left one half done."""

    name = "campaign-housekeeping"

    def __init__(self, desk: Desk, tokens: SqlTokens, others: Sequence[Chore] = ()) -> None:
        """`others`: what only some databases need."""
        self._clock = desk.clock
        self._chores = (
            Chore(timedelta(minutes=1), lambda _: self._finish_erasures(desk)),
            Chore(timedelta(hours=1), lambda now: desk.store.forget_answers(now - ANSWERS_KEPT)),
            Chore(timedelta(hours=1), lambda now: tokens.forget_expired(now - TOKENS_KEPT)),
            Chore(timedelta(days=1), lambda now: drop_orphans(desk, now), can_wait=True),
            *others,
        )

    def run_once(self) -> int:
        """Always 0: nobody waits for it to settle. Raises TemporaryFailure when something is to be tried again soon;
        that held up nothing else."""
        now, failed = self._clock.now(), None
        for chore in self._chores:
            if chore.is_due(now):
                try:
                    chore.do(now)
                    chore.done = now
                except TemporaryFailure as failure:
                    failed = failure
        if failed is not None:
            raise failed
        return 0

    def _finish_erasures(self, desk: Desk) -> None:
        desk.views.fresh()
        resume_erasures(desk)
