"""What the use cases need from outside, besides the event store (`store.py`) and the evidence store."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from eventsourcing.domain import Aggregate

from services.campaign.domain.base import Recorded
from services.campaign.playbooks.rules import Facts

A = TypeVar("A", bound=Aggregate)


class Aggregates(Protocol):
    """Aggregates by id; raise DomainError `not-found` for an unknown id or one of another kind."""

    def load(self, kind: type[A], aggregate_id: UUID) -> A: ...
    def history(self, kind: type[A], aggregate_id: UUID) -> tuple[A, Sequence[Recorded]]:
        """The aggregate with its events, whose committed fields are opened (or Erased)."""
        ...


class Views(Protocol):
    """Campaign's read models, asked by decisions that span aggregates. They hold no personal value themselves."""

    def fresh(self) -> None:
        """Waits (2 s at most) until the models have followed the log to its present end."""
        ...

    def facts(self, campaign: UUID, subject: UUID | None) -> Facts:
        """For the rules: of the whole campaign, or (with a subject) the collective ones and that member's own."""
        ...

    def open_promises(self, campaign: UUID, logger: UUID, step: str) -> Sequence[UUID]:
        """Contacts at this step, logged by this subject or organizer, with a promise that is still open."""
        ...

    def latest_filing(self, campaign: UUID, subject: UUID | None) -> UUID | None:
        """The last one submitted: a member's own, or (None) the collective one."""
        ...

    def filings_of(self, campaign: UUID, subject: UUID) -> Sequence[UUID]:
        """A member's own filings that are not closed."""
        ...

    def evidence_of(self, campaign: UUID, subject: UUID) -> Sequence[UUID]:
        """All evidence a member ever submitted here, withdrawn pieces too, in the order of submission."""
        ...

    def evidence_kept(self) -> Iterator[UUID]:
        """All evidence, withdrawn pieces too, of members who asked for no erasure; in all campaigns, in no order."""
        ...

    def erasures_requested(self) -> Sequence[UUID]:
        """Subjects whose erasure was asked for and is not recorded as begun: under way, or left by a crash."""
        ...

    def ballots(self, campaign: UUID) -> Sequence[UUID]: ...
    def member_names(self, campaign: UUID) -> Iterator[str]:
        """Names of confirmed members, opened one by one, never gathered.

        Not of pending ones: a stranger who only typed a name in cannot stop others from using that word.
        """
        ...

    def has_words(self, campaign: UUID, event: UUID) -> bool:
        """Whether this event belongs to the campaign and carries public words."""
        ...


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What a token stands for. `secret` was sealed under the token itself: only its holder can bring it back."""

    purpose: str
    campaign: UUID
    subject: UUID
    secret: bytes | None = None


class Tokens(Protocol):
    """Links in mails. Only hashes are stored. Purposes: `confirm` (7 days), `contact` (24 hours)."""

    def issue(
        self, purpose: str, campaign: UUID, subject: UUID, expires: datetime, secret: bytes | None = None
    ) -> str: ...
    def resolve(self, purpose: str, token: str, now: datetime) -> TokenFacts:
        """May be repeated. Raises DomainError `token-invalid` when unknown, expired or issued for something else."""
        ...

    def issued(self, purpose: str, subject: UUID) -> int:
        """How many were ever issued, expired ones too: a pending join gets at most five mails in its life."""
        ...

    def forget(self, subject: UUID) -> None:
        """All tokens of a member, at erasure."""
        ...


class FileInspector(Protocol):
    def inspect(self, content: bytes, file_name: str, declared_type: str) -> str:
        """The media type on which name, declaration, content and a real parser agree.

        Raises DomainError `file-type-unsupported`, `file-type-mismatch`, `file-encrypted`, `file-unreadable`,
        `picture-too-large`, `file-empty`.
        """
        ...
