"""Looking at a mail again just before it leaves: still wanted, not superseded, not at night."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.notifier.application.ports import About, People, Waiting
from services.notifier.domain.kinds import KINDS, MEMBERS
from services.notifier.domain.times import after_quiet_hours

Verdict = str | datetime | None
"""None: it goes; an instant: not before then; a code: no longer wanted."""


class Review:
    def __init__(self, people: People) -> None:
        self._people = people

    def of(self, campaign: str | None, rows: Sequence[Waiting], now: datetime) -> Iterator[tuple[Waiting, Verdict]]:
        """All rows are of this campaign; None for mails that belong to none."""
        about = None if campaign is None else self._people.about(campaign)
        states = {} if campaign is None else self._people.member_states(campaign, [row.recipient for row in rows])
        stopping = [row.recipient for row in rows if KINDS[row.kind].stoppable]
        stopped = frozenset[str]() if campaign is None or not stopping else self._people.stopped(campaign, stopping)
        for row in rows:
            reason = self._unwanted(row, states.get(row.recipient), row.recipient in stopped, now)
            yield row, reason if reason is not None else _not_at_night(row, about, now)

    def _unwanted(self, row: Waiting, state: str | None, stopped: bool, now: datetime) -> str | None:
        kind = KINDS[row.kind]
        if row.expires_at is not None and row.expires_at <= now:
            return "expired"
        if state == "erased":
            return "erased"
        if state is not None and kind.needs is not None and state not in kind.needs:
            return "left"
        if stopped and kind.stoppable:
            return "unsubscribed"
        return "superseded" if row.kind == "deadline-near" and self._superseded(row) else None

    def _superseded(self, row: Waiting) -> bool:
        filing = None if row.about is None else self._people.filing(row.about)
        return filing is None or filing.state != "open" or filing.deadline != row.facts.get("deadline")


def _not_at_night(row: Waiting, about: About | None, now: datetime) -> datetime | None:
    if about is None or not (KINDS[row.kind].waits_at_night or row.recipient == MEMBERS):
        return None
    morning = after_quiet_hours(now, about.zone)
    return morning if morning > now else None
