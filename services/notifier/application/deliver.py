"""Sending what is due: claimed, looked at again, addressed, rendered, sent, recorded; each mail by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from services.kit.clock import Clock
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.logs import correlated, logger
from services.notifier.application.addressing import Addressing, Letter
from services.notifier.application.ports import CAMPAIGN_BROKE, Message, Outbox, Sender, Suppressions, Waiting
from services.notifier.application.review import Review
from services.notifier.domain.kinds import ASKED_FOR, MEMBERS
from services.notifier.domain.times import GIVES_UP_AFTER, rest

TIMES_TO_RECORD: Final = 5
CLAIM: Final = timedelta(minutes=10)
LEFT_TO_OTHERS: Final = timedelta(minutes=2)
"""So long before a claim ends no further mail of it is begun: where sending is slow, others send the rest."""
SERVER_AWAY: Final = "mail-server-away"
ADDRESS_REFUSED: Final = "address-refused"
Render = Callable[[Letter, datetime], Message]


@dataclass(frozen=True, slots=True)
class Parts:
    """What sending is put together from; made by the wiring."""

    outbox: Outbox
    review: Review
    addressing: Addressing
    suppressions: Suppressions
    render: Render
    sender: Sender
    clock: Clock
    chance: Callable[[], float]


class Deliver:
    """Timed work: each run takes the most urgent few that are due, so that urgent mail never waits for a fan-out."""

    name = "deliver"

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._outbox = parts.outbox
        self._broken_off = False
        self._unrecorded: list[tuple[Waiting, datetime]] = []
        self._begins_until: datetime | None = None

    def next_due(self) -> datetime | None:
        return self._outbox.next_due()

    def run_due(self, horizon: datetime, inclusive: bool) -> int:
        recorded = self._record_what_left()
        if self._broken_off:
            self._outbox.take_back(self._now())
            self._broken_off = False
        ends = self._now() + CLAIM
        self._begins_until = ends - LEFT_TO_OTHERS
        rows = self._outbox.claim(horizon, inclusive, ends)
        try:
            for campaign, group in groupby(sorted(rows, key=lambda row: row.campaign or ""), lambda row: row.campaign):
                self._deliver(campaign, list(group))
        except TemporaryFailure:
            self._broken_off = True
            raise
        return recorded + len(rows)

    def _deliver(self, campaign: str | None, rows: Sequence[Waiting]) -> None:
        wanted = [
            row for row, verdict in self._parts.review.of(campaign, rows, self._now()) if self._stands(row, verdict)
        ]
        mails = [row for row in wanted if row.recipient != MEMBERS]
        for row in wanted:
            if row.recipient == MEMBERS:
                self._outbox.grow(row, self._now())
        try:
            letters = self._parts.addressing.of(campaign, mails)
        except TemporaryFailure as failure:
            if failure.code == CAMPAIGN_BROKE:
                self._cannot_address(campaign, mails, failure)
            else:
                self._rest_all(mails, failure.code)
            return
        except PermanentFailure as failure:
            self._cannot_address(campaign, mails, failure)
            return
        suppressed = self._parts.suppressions.among([letter.email for _, letter in letters if letter is not None])
        for place, (row, letter) in enumerate(letters):
            if self._begins_until is not None and self._now() >= self._begins_until:
                return
            try:
                with correlated(row.correlation):
                    self._send(row, letter, letter is not None and letter.email in suppressed)
            except TemporaryFailure as failure:
                if failure.code == SERVER_AWAY:
                    self._rest_all([row for row, _ in letters[place:]], failure.code)
                    return
                self._try_later(row, failure.code)

    def _stands(self, row: Waiting, verdict: str | datetime | None) -> bool:
        """None: it goes. An instant: not before then. A reason: it is no longer wanted."""
        if isinstance(verdict, datetime):
            self._outbox.postpone(row, verdict, "quiet-hours", tried=False)
        elif verdict is not None:
            self._outbox.end(row, "dropped", verdict, self._now())
        return verdict is None

    def _cannot_address(
        self, campaign: str | None, rows: Sequence[Waiting], failure: PermanentFailure | TemporaryFailure
    ) -> None:
        """One row that campaign refuses, or over which it breaks, must not hold up the others."""
        if len(rows) > 1:
            for row in rows:
                self._deliver(campaign, [row])
        for row in rows if len(rows) == 1 else ():
            if isinstance(failure, TemporaryFailure):
                self._try_later(row, failure.code)
            else:
                self._outbox.end(row, "failed", failure.code, self._now())

    def _send(self, row: Waiting, letter: Letter | None, suppressed: bool) -> None:
        if letter is None:
            self._outbox.end(row, "dropped", "gone", self._now())
            return
        asked_for = row.kind in ASKED_FOR
        if suppressed and not asked_for:
            self._outbox.end(row, "dropped", "suppressed", self._now())
            return
        try:
            message = self._rendered(row, letter)
            if message is None:
                return
            self._parts.sender.send(message)
        except PermanentFailure as failure:
            self._refused(row, letter, failure.code)
            return
        logger(__name__).info("mail sent", kind=row.kind, attempt=row.attempts + 1)
        self._record_sent(row)
        if suppressed:
            self._parts.suppressions.lift(letter.email)

    def _record_sent(self, row: Waiting) -> None:
        """It has left: a busy database must not send it a second time. What could not be recorded is, before more is
        sent."""
        at = self._now()
        for further in reversed(range(TIMES_TO_RECORD)):
            try:
                self._outbox.sent(row, at)
                return
            except TemporaryFailure:
                if not further:
                    self._unrecorded.append((row, at))
                    raise

    def _record_what_left(self) -> int:
        waiting = len(self._unrecorded)
        while self._unrecorded:
            self._outbox.sent(*self._unrecorded[0])
            self._unrecorded.pop(0)
        return waiting

    def _rendered(self, row: Waiting, letter: Letter) -> Message | None:
        """None, and the row has failed, where the words do not fit the mail: a fault of ours, holding up no other."""
        try:
            return self._parts.render(letter, self._now())
        except (PermanentFailure, TemporaryFailure):
            raise
        except Exception as error:
            logger(__name__).error("mail cannot be rendered", kind=row.kind, exc_info=error)
            self._outbox.end(row, "failed", "not-rendered", self._now())
            return None

    def _refused(self, row: Waiting, letter: Letter, code: str) -> None:
        logger(__name__).warning("mail refused", kind=row.kind, code=code, attempt=row.attempts + 1)
        if code == ADDRESS_REFUSED:
            self._parts.suppressions.add(letter.email, code, self._now())
        self._outbox.end(row, "failed", code, self._now())

    def _try_later(self, row: Waiting, code: str) -> None:
        attempts = row.attempts + 1
        if attempts >= GIVES_UP_AFTER:
            self._outbox.end(row, "failed", "gave-up", self._now())
        else:
            self._outbox.postpone(row, self._now() + rest(attempts, self._parts.chance()), code, tried=True)

    def _rest_all(self, rows: Sequence[Waiting], code: str) -> None:
        """Nobody is to blame but the other side: the rows keep their number of attempts, and all wait a while."""
        logger(__name__).warning("mails wait", code=code, count=len(rows))
        later = self._now() + rest(1, self._parts.chance())
        for row in rows:
            self._outbox.postpone(row, later, code, tried=False)

    def _now(self) -> datetime:
        return self._parts.clock.now()
