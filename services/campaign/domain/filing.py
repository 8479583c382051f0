"""One complaint handed to one channel, collective or a member's own, from prepared to closed."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Self
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from services.campaign.domain.base import Act, DomainError, Personal, Recorded, Text
from services.campaign.domain.values import RESPONSE_VERDICTS, one_of

RUNNING = ("open", "lapsed")
RECORDED_LATE = timedelta(days=60)
CLOSING_REASONS = ("settled", "withdrawn", "member-left", "superseded", "campaign-ended")


class Filing(Aggregate):
    """States: prepared, open, lapsed, answered, closed. One clock: its deadline's last day, in the campaign's zone."""

    TOPIC = "filing"
    Created = None  # type: ignore[assignment]

    class FilingPrepared(Recorded, Aggregate.Created):
        TOPIC = "filing.prepared"
        step: str
        statement: Text[str | None]
        own_statement: Personal[str | None]
        at: Personal[str | None]

    class FilingSubmitted(Recorded):
        TOPIC = "filing.submitted"
        step: str
        filed_on: date
        deadline: date | None
        demand_version: int
        warnings: list[str]
        override: bool
        override_reason: Text[str | None]
        own_override_reason: Personal[str | None]
        at: Personal[str | None]

    class ReceiptRecorded(Recorded):
        TOPIC = "filing.receipt_recorded"
        step: str
        received_on: date
        deadline: date | None
        number: Personal[str]
        at: Personal[str | None]

    class MaterialRequested(Recorded):
        TOPIC = "filing.material_requested"
        step: str
        request: UUID
        member: UUID | None
        until: date | None
        asked: Personal[str]
        at: Personal[str | None]

    class MaterialGiven(Recorded):
        TOPIC = "filing.material_given"
        step: str
        request: UUID
        evidence: UUID

    class ResponseRecorded(Recorded):
        TOPIC = "filing.response_recorded"
        step: str
        verdict: str
        responded_on: date
        responder: Text[str | None]
        text: Text[str | None]
        own_responder: Personal[str | None]
        own_text: Personal[str | None]
        at: Personal[str | None]

    class DeadlineExtended(Recorded):
        TOPIC = "filing.deadline_extended"
        step: str
        deadline: date
        reason: Text[str | None]
        own_reason: Personal[str | None]

    class DeadlineLapsed(Recorded):
        TOPIC = "filing.deadline_lapsed"
        deadline: date
        step: str

    class FilingEscalated(Recorded):
        TOPIC = "filing.escalated"
        step: str
        to_step: str

    class FilingClosed(Recorded):
        TOPIC = "filing.closed"
        step: str
        reason: str

    def __init__(self, campaign: UUID, subject: UUID | None, actor: UUID | None, step: str) -> None:
        self.campaign = campaign
        self.subject = subject
        self.step = step
        self.filed_by = subject or actor
        self.state = "prepared"
        self.deadline: date | None = None
        self.filed_on: date | None = None
        self.received = False
        self.requests: dict[UUID, UUID | None] = {}

    @classmethod
    def prepare(
        cls, act: Act, campaign: UUID, subject: UUID | None, filing: UUID, *, step: str, statement: str
    ) -> Self:
        """`subject` is the member for an own filing, None for a collective one, whose statement is public."""
        collective = subject is None
        return cls._create(
            cls.FilingPrepared, id=filing, step=step, statement=statement if collective else None,
            own_statement=None if collective else statement, **act.dated(campaign, subject),
        )  # fmt: skip

    def submit(
        self, act: Act, *, filed_on: date, deadline: date | None, demand_version: int, warnings: Sequence[str],
        override_reason: str | None,
    ) -> None:  # fmt: skip
        """`deadline`: the last day when the step's clock starts at the sending, else None."""
        self._must_be("prepared")
        collective = self.subject is None
        self.trigger_event(
            self.FilingSubmitted, step=self.step, filed_on=filed_on, deadline=deadline, demand_version=demand_version,
            warnings=list(warnings), override=override_reason is not None,
            override_reason=override_reason if collective else None,
            own_override_reason=None if collective else override_reason, **self._dated(act),
        )  # fmt: skip

    def record_receipt(self, act: Act, *, number: str, received_on: date, deadline: date | None) -> None:
        """The receipt number keeps the filing open; `deadline` is set when the step's clock starts at the receipt."""
        self._must_be("open")
        if self.received:
            raise DomainError("receipt-already-recorded")
        self._must_be_about_this_filing(received_on)
        self.trigger_event(
            self.ReceiptRecorded, step=self.step, number=number, received_on=received_on, deadline=deadline,
            **self._dated(act),
        )  # fmt: skip

    def request_material(self, act: Act, request: UUID, *, member: UUID | None, asked: str, until: date | None) -> None:
        """Asked of one member, it is about that member, also at a collective filing: what is asked goes with them."""
        self._must_be(*RUNNING, "answered")
        self.trigger_event(
            self.MaterialRequested, step=self.step, request=request, member=member, asked=asked, until=until,
            **act.dated(self.campaign, member or self.subject),
        )  # fmt: skip

    def give_material(self, act: Act, request: UUID, evidence: UUID, giver: UUID | None) -> None:
        if request not in self.requests or (self.requests[request] not in (None, giver)):
            raise DomainError("not-found")
        about = self.requests[request] or self.subject
        self.trigger_event(
            self.MaterialGiven, step=self.step, request=request, evidence=evidence, **act.stamp(self.campaign, about)
        )

    def record_response(
        self, act: Act, *, verdict: str, responder: str | None, text: str | None, responded_on: date
    ) -> None:
        """Any response makes it answered and stops its clock, with or without a receipt."""
        self._must_be(*RUNNING, "answered")
        one_of(verdict, RESPONSE_VERDICTS, "verdict")
        self._must_be_about_this_filing(responded_on)
        shown = self.subject is None
        self.trigger_event(
            self.ResponseRecorded, step=self.step, verdict=verdict, responded_on=responded_on,
            responder=responder if shown else None, text=text if shown else None,
            own_responder=None if shown else responder, own_text=None if shown else text, **self._dated(act),
        )  # fmt: skip

    def extend_deadline(self, act: Act, deadline: date, reason: str | None) -> None:
        self._must_be("open")
        if self.deadline is None or deadline <= self.deadline:
            raise DomainError("deadline-not-later", deadline=self.deadline)
        shown = self.subject is None
        self.trigger_event(
            self.DeadlineExtended, step=self.step, deadline=deadline, reason=reason if shown else None,
            own_reason=None if shown else reason, **act.stamp(self.campaign, self.subject),
        )  # fmt: skip

    def lapse(self, act: Act, deadline: date) -> None:
        """Done by the timer, once: only the deadline that still stands on an open filing can pass."""
        if self.state == "open" and self.deadline == deadline:
            self.trigger_event(
                self.DeadlineLapsed, deadline=deadline, step=self.step, **act.stamp(self.campaign, self.subject)
            )

    def escalate(self, act: Act, to_step: str) -> None:
        """The matter goes on at another step; this filing keeps its state."""
        if to_step != self.step:
            self.trigger_event(
                self.FilingEscalated, step=self.step, to_step=to_step, **act.stamp(self.campaign, self.subject)
            )

    def close(self, act: Act, reason: str) -> None:
        one_of(reason, CLOSING_REASONS, "reason")
        if self.state != "closed":
            self.trigger_event(
                self.FilingClosed, step=self.step, reason=reason, **act.stamp(self.campaign, self.subject)
            )

    def _dated(self, act: Act) -> dict[str, object]:
        return act.dated(self.campaign, self.subject)

    def _must_be(self, *states: str) -> None:
        if self.state not in states:
            raise DomainError("filing-not-open", state=self.state, needed=states)

    def _must_be_about_this_filing(self, day: date) -> None:
        """A filing may be recorded some weeks after it was made; a day long before it is a slip of the pen."""
        if self.filed_on is not None and day < self.filed_on - RECORDED_LATE:
            raise DomainError("day-too-early", day=day.isoformat(), filed_on=self.filed_on.isoformat())

    @event(FilingSubmitted)
    def _submitted(self, deadline: date | None, filed_on: date) -> None:
        self.state = "open"
        self.filed_on = filed_on
        self.deadline = deadline

    @event(ReceiptRecorded)
    def _receipt_recorded(self, deadline: date | None) -> None:
        self.received = True
        self.deadline = deadline or self.deadline

    @event(MaterialRequested)
    def _material_requested(self, request: UUID, member: UUID | None) -> None:
        self.requests[request] = member

    @event(MaterialGiven)
    def _material_given(self) -> None:
        """The evidence has its own stream."""

    @event(ResponseRecorded)
    def _responded(self) -> None:
        self.state = "answered"

    @event(DeadlineExtended)
    def _extended(self, deadline: date) -> None:
        self.deadline = deadline

    @event(DeadlineLapsed)
    def _lapsed(self) -> None:
        self.state = "lapsed"

    @event(FilingEscalated)
    def _escalated(self) -> None:
        """The step reached belongs to the campaign."""

    @event(FilingClosed)
    def _closed(self) -> None:
        self.state = "closed"
