"""What is tidied now and then: erasures that a crash left, answers and tokens that nobody will ask for again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from services.campaign.adapters.tokens_sql import SqlTokens
from services.campaign.application.case import Desk
from services.campaign.application.erasure import resume_erasures

EVERY: Final = timedelta(hours=1)
ANSWERS_KEPT: Final = timedelta(days=7)
TOKENS_KEPT: Final = timedelta(days=1)


class Housekeeping:
    """A worker that does something once an hour, and at its first run."""

    name = "campaign-housekeeping"

    def __init__(self, desk: Desk, tokens: SqlTokens) -> None:
        self._desk = desk
        self._tokens = tokens
        self._next: datetime | None = None

    def run_once(self) -> int:
        """Always 0: nobody waits for it to settle. Raises TemporaryFailure when it is to be tried again soon."""
        now = self._desk.clock.now()
        if self._next is not None and now < self._next:
            return 0
        self._desk.store.forget_answers(now - ANSWERS_KEPT)
        self._tokens.forget_expired(now - TOKENS_KEPT)
        self._desk.views.fresh()
        resume_erasures(self._desk)
        self._next = now + EVERY
        return 0
