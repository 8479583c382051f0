"""What every aggregate shares: marks of committed fields, the base event, the error with a code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar
from uuid import UUID

from eventsourcing.domain import Aggregate

T = TypeVar("T")
Role = Literal["member", "organizer", "auditor", "operator", "system"]


class ErasedType:
    """The value of a committed field whose disclosure was erased; there is one, `Erased`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Erased"

    def __bool__(self) -> bool:
        return False

    def __reduce__(self) -> str:
        return "Erased"


Erased: Final = ErasedType()

PERSONAL: Final = "personal"
TEXT: Final = "text"
Personal = Annotated[T | ErasedType, PERSONAL]
"""About a member or another person: sealed under its holder's key, gone with erasure (leaf format B3)."""
Text = Annotated[T | ErasedType, TEXT]
"""Public words of organizers and providers: disclosed in clear beside the leaf, removable one by one."""


class DomainError(Exception):
    """A refusal, named by a stable code; words for people are made at the edge."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class Recorded(Aggregate.Event):
    """What every event of ours carries besides the library's originator and timestamp."""

    event_id: UUID
    campaign: UUID
    role: str
    actor: UUID | None
    subject: UUID | None


def to_the_second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def to_the_hour(at: datetime) -> datetime:
    """The time of an event about one member, as the public leaf shows it."""
    return at.replace(minute=0, second=0, microsecond=0)


def exact(at: datetime) -> str:
    """The exact instant of a member's event, for its sealed field `at`: RFC 3339, UTC, milliseconds."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Act:
    """One person (or the system) doing something at an instant; `new_id` gives ids for its events."""

    at: datetime
    role: Role
    actor: UUID | None
    new_id: Callable[[], UUID]

    def stamp(self, campaign: UUID, subject: UUID | None = None) -> dict[str, Any]:
        """What the leaf says of the act itself; cut to the hour when it is about one member."""
        cut = to_the_second(self.at) if subject is None else to_the_hour(self.at)
        return {
            "event_id": self.new_id(),
            "campaign": campaign,
            "role": self.role,
            "actor": self.actor,
            "subject": subject,
            "timestamp": cut,
        }

    def dated(self, campaign: UUID, subject: UUID | None) -> dict[str, Any]:
        """A stamp with the exact instant as a sealed field; the system seals nothing."""
        sealed = subject is not None and self.role != "system"
        return {**self.stamp(campaign, subject), "at": exact(self.at) if sealed else None}
