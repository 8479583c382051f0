"""One contact with the provider or a body, and the promises made in it; logged by an organizer or a member."""

from datetime import datetime
from typing import Self
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from services.campaign.domain.base import Act, DomainError, Personal, Recorded
from services.campaign.domain.values import CONTACT_CHANNELS, one_of


class Contact(Aggregate):
    """`logger` is whoever logged it: a subject, or the organizer's actor id. Promises: open, kept, broken."""

    TOPIC = "contact"
    Created = None  # type: ignore[assignment]

    class ContactLogged(Recorded, Aggregate.Created):
        TOPIC = "contact.logged"
        step: str
        channel: str
        agent: Personal[str | None]
        staff_number: Personal[str | None]
        said: Personal[str | None]
        at: Personal[str | None]

    class PromiseRecorded(Recorded):
        TOPIC = "contact.promise_recorded"
        step: str
        promise: UUID
        until: datetime
        what: Personal[str]
        at: Personal[str | None]

    class PromiseKept(Recorded):
        TOPIC = "contact.promise_kept"
        step: str
        promise: UUID

    class PromiseBroken(Recorded):
        TOPIC = "contact.promise_broken"
        step: str
        promise: UUID

    def __init__(self, campaign: UUID, subject: UUID | None, actor: UUID | None, step: str) -> None:
        self.campaign = campaign
        self.subject = subject
        self.logger = subject or actor
        self.step = step
        self.promises: dict[UUID, str] = {}
        self.until: dict[UUID, datetime] = {}

    @classmethod
    def log(
        cls, act: Act, campaign: UUID, subject: UUID | None, contact: UUID, *, step: str, channel: str,
        agent: str | None, staff_number: str | None, said: str | None,
    ) -> Self:  # fmt: skip
        one_of(channel, CONTACT_CHANNELS, "channel")
        return cls._create(
            cls.ContactLogged, id=contact, step=step, channel=channel, agent=agent, staff_number=staff_number,
            said=said, **act.dated(campaign, subject),
        )  # fmt: skip

    def record_promise(self, act: Act, promise: UUID, until: datetime, what: str) -> None:
        if until <= act.at:
            raise DomainError("promise-in-past", until=until)
        self.trigger_event(
            self.PromiseRecorded, step=self.step, promise=promise, until=until.replace(microsecond=0), what=what,
            **act.dated(self.campaign, self.subject),
        )  # fmt: skip

    def keep_promises(self, act: Act) -> None:
        """Whoever logged a promise has since recorded a contact or a response at that step: it is kept."""
        for promise, state in list(self.promises.items()):
            if state == "open" and act.at <= self.until[promise]:
                self._settle(act, self.PromiseKept, promise)

    def break_promise(self, act: Act, promise: UUID) -> None:
        """Done by the timer, once, however many timers run."""
        if self.promises.get(promise) == "open" and act.at >= self.until[promise]:
            self._settle(act, self.PromiseBroken, promise)

    def _settle(self, act: Act, event_class: type, promise: UUID) -> None:
        stamp = act.stamp(self.campaign, self.subject)
        self.trigger_event(event_class, step=self.step, promise=promise, **stamp)

    @event(PromiseRecorded)
    def _promise_recorded(self, promise: UUID, until: datetime) -> None:
        self.promises[promise] = "open"
        self.until[promise] = until

    @event(PromiseKept)
    def _promise_kept(self, promise: UUID) -> None:
        self.promises[promise] = "kept"

    @event(PromiseBroken)
    def _promise_broken(self, promise: UUID) -> None:
        self.promises[promise] = "broken"
