"""Ballots and votes; each vote is a stream of its own, and names neither the member nor anything of theirs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from services.campaign.domain.base import Act, DomainError, Recorded, Text, to_the_hour


class Ballot(Aggregate):
    """States: open, closed."""

    TOPIC = "ballot"
    Created = None  # type: ignore[assignment]

    class BallotOpened(Recorded, Aggregate.Created):
        TOPIC = "ballot.opened"
        options: int
        until: datetime
        question: Text[str]
        option_texts: Text[list[str]]

    class BallotClosed(Recorded):
        TOPIC = "ballot.closed"

    def __init__(self, campaign: UUID, options: int, until: datetime) -> None:
        self.campaign = campaign
        self.options = options
        self.until = until
        self.state = "open"

    @classmethod
    def open(
        cls, act: Act, campaign: UUID, ballot: UUID, *, question: str, options: Sequence[str], until: datetime
    ) -> Self:
        if not 2 <= len(options) <= 9 or len(set(options)) != len(options):
            raise DomainError("options-unusable", least=2, most=9)
        if until <= act.at:
            raise DomainError("ballot-ends-in-past", until=until)
        return cls._create(
            cls.BallotOpened, id=ballot, options=len(options), until=until.replace(microsecond=0), question=question,
            option_texts=list(options), **act.stamp(campaign),
        )  # fmt: skip

    def accepts(self, at: datetime, option: int) -> None:
        """Refuses a vote after the end, or for no such option."""
        if self.state != "open" or at >= self.until:
            raise DomainError("ballot-closed")
        if not 1 <= option <= self.options:
            raise DomainError("option-unknown", option=option, options=self.options)

    def close(self, act: Act) -> None:
        """By the organizer, or by the timer at its end; once."""
        if self.state == "open":
            self.trigger_event(self.BallotClosed, **act.stamp(self.campaign))

    @event(BallotClosed)
    def _closed(self) -> None:
        self.state = "closed"


class Vote(Aggregate):
    """Secret from public and organizers, recountable by all: `voter` is random for this ballot."""

    TOPIC = "vote"
    Created = None  # type: ignore[assignment]

    class VoteCast(Recorded, Aggregate.Created):
        TOPIC = "vote.cast"
        ballot: UUID
        option: int
        voter: UUID

    def __init__(self, campaign: UUID, ballot: UUID, option: int) -> None:
        self.campaign = campaign
        self.ballot = ballot
        self.option = option

    @classmethod
    def cast(cls, act: Act, campaign: UUID, vote: UUID, *, ballot: UUID, option: int, voter: UUID) -> Self:
        stamp = {**act.stamp(campaign), "actor": voter, "timestamp": to_the_hour(act.at)}
        return cls._create(cls.VoteCast, id=vote, ballot=ballot, option=option, voter=voter, **stamp)
