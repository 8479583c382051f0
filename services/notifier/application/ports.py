"""What sending needs of the world, on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from services.contracts.commands_v1 import Caller
from services.contracts.notifier_port import Handover

Words = Mapping[str, Any]
CAMPAIGN_BROKE: Final = "campaign-broke"
"""The code where campaign broke over a question: another attempt may succeed, once it is mended."""


@dataclass(frozen=True, slots=True)
class About:
    """A campaign as far as its mails need it."""

    campaign: str
    zone: ZoneInfo
    locale: str
    problem: str


@dataclass(frozen=True, slots=True)
class KnownFiling:
    filing: str
    filer: str
    own: bool
    step: str
    state: str
    deadline: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """One row of the outbox, claimed by this process. `about` is the filing that a deadline belongs to."""

    id: int
    event: str
    recipient: str
    kind: str
    campaign: str | None
    facts: Mapping[str, Any]
    words_event: str | None
    about: str | None
    attempts: int
    expires_at: datetime | None
    correlation: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Who is to be written to, which event's words they need, and which link."""

    recipient: str
    event: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """An address at the moment of sending; kept nowhere."""

    email: str = field(repr=False)
    name: str | None = field(repr=False)
    locale: str
    token: str | None = field(default=None, repr=False)
    words: Words = field(default_factory=dict, repr=False)


class Outbox(Protocol):
    """Every call is one transaction, durable when it returns."""

    def next_due(self) -> datetime | None: ...

    def take_back(self, now: datetime) -> None:
        """What this process had claimed and did not finish is due again."""
        ...

    def claim(self, horizon: datetime, inclusive: bool, until: datetime) -> Sequence[Waiting]:
        """The most urgent few that are due; nobody else gets them before `until`, when this process may have died."""
        ...

    def grow(self, row: Waiting, now: datetime) -> int:
        """Makes the next rows of a fan-out, and says how many; when there are none left the fan-out is done."""
        ...

    def postpone(self, row: Waiting, to: datetime, reason: str, *, tried: bool) -> None: ...

    def sent(self, row: Waiting, at: datetime) -> None:
        """Recorded with its announcement; a handed-over address is destroyed."""
        ...

    def end(self, row: Waiting, state: str, reason: str, at: datetime) -> None:
        """`state`: failed or dropped."""
        ...


class People(Protocol):
    """What the events have told so far, read at the moment of sending."""

    def about(self, campaign: str) -> About | None: ...
    def words_events(self, campaign: str) -> Sequence[str]: ...
    def member_states(self, campaign: str, subjects: Sequence[str]) -> Mapping[str, str]: ...
    def stopped(self, campaign: str, subjects: Sequence[str]) -> frozenset[str]: ...
    def filing(self, filing: str) -> KnownFiling | None: ...
    def stop(self, campaign: str, subject: str, at: datetime) -> None: ...


class Questions(Protocol):
    """The asking half of `contracts.campaign_port.CampaignPort`: all that notifier needs of campaign."""

    def ask(self, query: str, caller: Caller, args: Mapping[str, Any]) -> Any: ...


class CampaignDoor(Protocol):
    """Campaign's internal questions. Raises TemporaryFailure when it cannot answer now."""

    def recipients(self, campaign: str, asks: Sequence[Ask]) -> Sequence[Recipient | None]:
        """In the order asked; None for whoever is gone. Issues tokens for the links asked for."""
        ...

    def words(self, events: Sequence[str]) -> Mapping[str, Words]:
        """The public words of events, where they are still there."""
        ...


class Guide(Protocol):
    """Names of problems and steps in both languages."""

    def problem(self, problem: str, locale: str) -> str: ...
    def step(self, step: str, locale: str) -> str: ...
    def urgent(self, problem: str, locale: str) -> Sequence[str]: ...


class HandedOver(Protocol):
    def put(self, mail: Handover, now: datetime, due: datetime, keep: timedelta) -> None:
        """The row of the outbox and the sealed address, in one transaction; the same id again changes nothing."""
        ...

    def open(self, id: str) -> Handover | None:
        """None once it was destroyed."""
        ...


class Suppressions(Protocol):
    """Addresses that refused mail for good, by their keyed hash."""

    def among(self, addresses: Sequence[str]) -> frozenset[str]:
        """Which of these are suppressed."""
        ...

    def add(self, address: str, reason: str, at: datetime) -> None: ...
    def lift(self, address: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Message:
    """A finished message; `data` are the bytes as they travel."""

    id: str
    to: str = field(repr=False)
    data: bytes = field(repr=False)


class Sender(Protocol):
    def send(self, message: Message) -> None:
        """Returns once the message is taken. TemporaryFailure `mail-server-away` when there is no talking to the
        server at all, another code when this message may be tried later; PermanentFailure `address-refused` when the
        address takes no mail, another code when this message never will be taken."""
        ...

    def close(self) -> None: ...
