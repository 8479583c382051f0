"""Very many members put into a stopped server's data folder, through the store's own way of committing."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from services.campaign.adapters.data_folder import open_folder
from services.campaign.application.people import member_key
from services.campaign.application.store import Commit, UniqueKey, decided
from services.campaign.domain.base import Act, Recorded
from services.campaign.domain.membership import Membership
from services.campaign.vault.addresses import person_key
from services.kit.ids import new_id

TOGETHER = 500


def fill(data: Path, campaign: UUID, members: int) -> None:
    """Each with an event, sealed fields and a unique key of its own, as if they had joined one by one."""
    now = datetime.now(UTC)
    folder = open_folder(data / "campaign", epoch=f"{now:%Y-%m}", wait_seconds=5)
    try:
        for start in range(0, members, TOGETHER):
            events: list[Recorded] = []
            claims: list[UniqueKey] = []
            for number in range(start, min(start + TOGETHER, members)):
                subject, address = new_id(), f"preloaded.{number}@example.org"
                act = Act(now, "member", subject, new_id)
                events += decided(
                    Membership.join(act, campaign, subject, email=address, name="赵敏", locale="zh-CN")
                )  # fmt: skip
                claims.append(member_key(campaign, person_key(folder.secrets.pepper, address), subject))
            folder.application.store.commit(Commit(events, claims, need_open=campaign))
        head = folder.application.store.head()
    finally:
        folder.close()
    _pass_over(data / "campaign" / "views.db", head)


def _pass_over(views: Path, head: int) -> None:
    """Where nothing follows the log, the views need not show these members; but they must not seem behind."""
    with sqlite3.connect(views) as database:
        database.execute("UPDATE position SET position=?", (head,))
