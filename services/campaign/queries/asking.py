"""What every query is answered from, who asks, and how arguments are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from threading import BoundedSemaphore
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from services.campaign.application.hashes import Hashes
from services.campaign.application.store import Store
from services.campaign.playbooks.model import Playbook, Playbooks, Problem, Words
from services.campaign.readmodels.rows import Row
from services.contracts.codes import Refused
from services.kit.clock import Clock

Json = dict[str, Any]
MOST: int = 200
LARGEST: int = 2**53
"""Above every position, and within what both databases take for a number."""
NOWHERE = "\x00"
"""No text of ours has it, and PostgreSQL refuses to look for it."""


class LinkTokens(Protocol):
    """Tokens for the links of many mails at once."""

    def issue_all(self, purpose: str, campaign: UUID, subjects: Sequence[UUID], expires: datetime) -> list[str]:
        """One for each subject, in order. May raise TemporaryFailure."""
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """The sources of all answers; `replays` lets a few replays go on at once."""

    store: Store
    playbooks: Playbooks
    tokens: LinkTokens
    clock: Clock
    hashes: Hashes
    replays: BoundedSemaphore


@dataclass(frozen=True, slots=True)
class Standing:
    """Who the caller is: in the campaign asked about, where there is one."""

    key: bytes | None = None
    subject: str | None = None
    organizer: str | None = None
    auditor: str | None = None
    operator: bool = False

    @property
    def staff(self) -> bool:
        return self.organizer is not None or self.auditor is not None


@dataclass(frozen=True, slots=True)
class Asking:
    """One query under way: a snapshot of the views, the caller's standing, the campaign's row."""

    desk: Desk
    rows: Connection
    standing: Standing
    args: Mapping[str, Any]
    found: Row | None = None

    @property
    def campaign(self) -> Row:
        assert self.found is not None
        return self.found

    @property
    def campaign_id(self) -> str:
        return str(self.campaign["campaign"])

    @property
    def subject(self) -> str:
        assert self.standing.subject is not None
        return self.standing.subject

    @property
    def playbook(self) -> Playbook:
        return self.desk.playbooks.playbook(self.campaign["jurisdiction"])

    @property
    def problem(self) -> Problem:
        return self.desk.playbooks.problem(self.campaign["problem"])

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.campaign["timezone"])

    @property
    def today(self) -> date:
        """In the campaign's time zone."""
        return self.desk.clock.now().astimezone(self.zone).date()

    def opened(self, positions: Iterable[int | None]) -> dict[int, Json]:
        """Sealed and public fields of events by position; nothing where they were erased."""
        wanted = [position for position in positions if position is not None]
        found = self.desk.store.open_events(wanted)
        return {position: fields for position, fields in found.items() if isinstance(fields, dict)}

    def words(self, events: Sequence[str]) -> dict[str, Json]:
        """Public words by event id; nothing where they were removed."""
        found = self.desk.store.content([UUID(event) for event in events])
        return {str(event): fields for event, fields in found.items()}

    def text(self, name: str) -> str | None:
        value = self.args.get(name)
        if value is not None and (not isinstance(value, str) or NOWHERE in value):
            raise Refused("invalid", {"field": name})
        return value

    def needed(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise Refused("invalid", {"field": name})
        return value

    def number(self, name: str, default: int) -> int:
        value = self.args.get(name)
        if value is None:
            return default
        try:
            return min(max(0, int(value)), LARGEST)
        except (TypeError, ValueError):
            raise Refused("invalid", {"field": name}) from None

    def limit(self, default: int = 50) -> int:
        return min(max(1, self.number("limit", default)), MOST)


def both(words: Words) -> Json:
    return {"zh": words.zh, "en": words.en}


def together(several: Iterable[Words]) -> Json | None:
    """Several sentences as one text in each language, a line each; None without any."""
    found = list(several)
    if not found:
        return None
    return {"zh": "\n".join(words.zh for words in found), "en": "\n".join(words.en for words in found)}


def local_day(instant: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(instant).astimezone(zone).date().isoformat()
