"""The desk at which a plan works: what is known, the outbox, and the clock, within the consumer's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from services.kit.sql.gathered import Gathered
from services.notifier.adapters.outbox_sql import PLAN, planned
from services.notifier.adapters.register_sql import Register
from services.notifier.application.ports import About
from services.notifier.domain.kinds import KINDS
from services.notifier.domain.times import after_quiet_hours
from services.notifier.inbox.leaves import Leaf


class CampaignUnknown(LookupError):
    """An event of a campaign whose beginning was never seen."""

    code = "campaign-unknown"


class Desk:
    """Mails are gathered, and put when their slice ends: nothing here asks for them."""

    def __init__(self, tx: Connection, now: datetime, gathered: Gathered) -> None:
        self.now = now
        self.register = Register(tx, gathered)
        self._gathered = gathered
        self._abouts: dict[str, About] = {}

    def about(self, campaign: str) -> About:
        if campaign not in self._abouts:
            found = self.register.about(campaign)
            if found is None:
                raise CampaignUnknown(campaign)
            self._abouts[campaign] = found
        return self._abouts[campaign]

    def mail(
        self, kind: str, recipient: str, leaf: Leaf, *, facts: Mapping[str, Any] | None = None,
        due: datetime | None = None, about: str | None = None,
    ) -> None:  # fmt: skip
        """A row of the outbox; due now, or after the quiet hours of the campaign's zone."""
        known = KINDS[kind]
        due = self.now if due is None else due
        if known.waits_at_night:
            due = after_quiet_hours(due, self.about(leaf.campaign).zone)
        row = planned(
            event=leaf.id, recipient=recipient, kind=kind, campaign=leaf.campaign, due=due,
            facts={**leaf.data, **(facts or {})}, about=about, sequence=leaf.sequence,
            words_event=None if known.words == "none" else leaf.id,
        )  # fmt: skip
        self._gathered.add(PLAN, row)
