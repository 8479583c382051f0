"""One person's place in one campaign, from joining to erasure; its id is the subject."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from services.campaign.domain.base import Act, DomainError, Personal, Recorded
from services.campaign.domain.values import (
    DEMAND_KINDS,
    ERASURE_BASES,
    INVALIDATION_REASONS,
    LOCALES,
    SAFETY_STEPS,
    claimed_money,
    one_of,
)  # fmt: skip


class Membership(Aggregate):
    """States: pending, confirmed, withdrawn, invalidated; `erasure`: none, requested, erased, completed."""

    TOPIC = "membership"
    Created = None  # type: ignore[assignment]

    class MemberJoined(Recorded, Aggregate.Created):
        TOPIC = "membership.joined"
        locale: str
        email: Personal[str]
        name: Personal[str]
        at: Personal[str]

    class MemberConfirmed(Recorded):
        TOPIC = "membership.confirmed"
        demand_version: int
        at: Personal[str | None]

    class ClaimStated(Recorded):
        TOPIC = "membership.claim_stated"
        problem: str
        remedy: str
        amount: Decimal | None
        currency: str | None
        happened: Personal[str]
        private_amount: Personal[str | None]
        reference: Personal[str | None]
        details: Personal[str | None]
        at: Personal[str | None]

    class ConsentGiven(Recorded):
        TOPIC = "membership.consent_given"
        to: str
        demand_version: int | None
        step: str | None
        at: Personal[str | None]

    class ContactChanged(Recorded):
        TOPIC = "membership.contact_changed"
        email: Personal[str]
        at: Personal[str | None]

    class SafetyStepTaken(Recorded):
        TOPIC = "membership.safety_step_taken"
        steps: list[str]
        at: Personal[str | None]

    class OutcomeRated(Recorded):
        TOPIC = "membership.outcome_rated"
        satisfied: bool
        text: Personal[str | None]
        at: Personal[str | None]

    class ExperienceShared(Recorded):
        TOPIC = "membership.experience_shared"
        text: Personal[str]
        at: Personal[str | None]

    class MemberWithdrew(Recorded):
        TOPIC = "membership.withdrew"
        at: Personal[str | None]

    class MembershipInvalidated(Recorded):
        TOPIC = "membership.invalidated"
        reason: str

    class MembershipReinstated(Recorded):
        TOPIC = "membership.reinstated"

    class ErasureRequested(Recorded):
        TOPIC = "membership.erasure_requested"
        basis: str

    class SubjectErased(Recorded):
        TOPIC = "membership.subject_erased"
        basis: str
        sealed_events: int
        key_ids: list[int]

    class ErasureCompleted(Recorded):
        TOPIC = "membership.erasure_completed"

    def __init__(self, campaign: UUID, locale: str) -> None:
        self.campaign = campaign
        self.locale = locale
        self.state = "pending"
        self.before_invalidation = "pending"
        self.demand_version: int | None = None
        self.consents: list[str] = []
        self.claimed = False
        self.erasure = "none"
        self.basis: str | None = None

    @classmethod
    def join(cls, act: Act, campaign: UUID, subject: UUID, *, email: str, name: str, locale: str) -> Self:
        one_of(locale, LOCALES, "locale")
        return cls._create(
            cls.MemberJoined, id=subject, email=email, name=name, locale=locale, **act.dated(campaign, subject)
        )

    def confirm(self, act: Act, demand_version: int) -> bool:
        """Consent to the demands then current. True the first time; repeated, it is harmless and False."""
        if self.state == "confirmed":
            return False
        if self.state != "pending":
            raise DomainError("membership-ended", state=self.state)
        self.trigger_event(self.MemberConfirmed, demand_version=demand_version, **self._dated(act))
        return True

    def state_claim(
        self, act: Act, *, problem: str, remedy: str, happened: datetime, amount: str | Decimal | None = None,
        currency: str | None = None, private: bool = False, reference: str | None = None, details: str | None = None,
    ) -> None:  # fmt: skip
        """This member's loss; stating again replaces. A private amount is sealed and in no public sum."""
        self._must_be_member()
        one_of(remedy, DEMAND_KINDS, "remedy")
        if happened > act.at:
            raise DomainError("happened-in-future", happened=happened)
        value = claimed_money(amount, currency, remedy)
        shown = value is not None and not private
        self.trigger_event(
            self.ClaimStated, problem=problem, remedy=remedy, reference=reference, details=details,
            happened=happened.isoformat(timespec="minutes"), amount=value if shown else None,
            currency=currency if shown else None,
            private_amount=f"{value:f} {currency}" if value is not None and private else None, **self._dated(act),
        )  # fmt: skip

    def consent_to_demands(self, act: Act, demand_version: int, current: int) -> None:
        self._must_be_member()
        if demand_version != current:
            raise DomainError("stale-version", given=demand_version, current=current)
        if self.demand_version != demand_version:
            self._consent(act, to="demands", demand_version=demand_version, step=None)

    def consent_to_filing(self, act: Act, step: str) -> None:
        self._must_be_member()
        if step not in self.consents:
            self._consent(act, to="filing", demand_version=None, step=step)

    def consent_to_contact(self, act: Act) -> None:
        self._must_be_member()
        self._consent(act, to="contact", demand_version=None, step=None)

    def change_contact(self, act: Act, email: str) -> None:
        self._must_be_member()
        self.trigger_event(self.ContactChanged, email=email, **self._dated(act))

    def take_safety_steps(self, act: Act, steps: Sequence[str]) -> None:
        self._must_be_in()
        if not steps:
            raise DomainError("safety-steps-missing")
        taken = [step for step in SAFETY_STEPS if step in {one_of(s, SAFETY_STEPS, "taken") for s in steps}]
        self.trigger_event(self.SafetyStepTaken, steps=taken, **self._dated(act))

    def rate(self, act: Act, satisfied: bool, text: str | None) -> None:
        self._must_be_member()
        self.trigger_event(self.OutcomeRated, satisfied=satisfied, text=text, **self._dated(act))

    def share_experience(self, act: Act, text: str, *, ended: bool) -> None:
        self._must_be_member()
        if not ended:
            raise DomainError("campaign-not-ended")
        self.trigger_event(self.ExperienceShared, text=text, **self._dated(act))

    def withdraw(self, act: Act) -> None:
        self._must_be_in()
        self.trigger_event(self.MemberWithdrew, **self._dated(act))

    def invalidate(self, act: Act, reason: str) -> None:
        self._must_be_in()
        one_of(reason, INVALIDATION_REASONS, "reason")
        self.trigger_event(self.MembershipInvalidated, reason=reason, **act.stamp(self.campaign, self.id))

    def reinstate(self, act: Act) -> None:
        if self.state != "invalidated":
            raise DomainError("membership-not-invalidated", state=self.state)
        if self.erasure != "none":
            raise DomainError("erased")
        self.trigger_event(self.MembershipReinstated, **act.stamp(self.campaign, self.id))

    def request_erasure(self, act: Act, basis: str) -> None:
        """An active member withdraws first; asked again, it has no further effect."""
        one_of(basis, ERASURE_BASES, "basis")
        if self.erasure != "none":
            return
        if self.state in ("pending", "confirmed"):
            self.withdraw(act)
        self.trigger_event(self.ErasureRequested, basis=basis, **act.stamp(self.campaign, self.id))

    def erase(self, act: Act, sealed_events: int, key_ids: Sequence[int]) -> None:
        """Recorded before anything is destroyed, so that a crash is finished by replay."""
        if self.erasure == "requested":
            self.trigger_event(
                self.SubjectErased, basis=self.basis, sealed_events=sealed_events, key_ids=list(key_ids),
                **act.stamp(self.campaign, self.id),
            )  # fmt: skip

    def complete_erasure(self, act: Act) -> None:
        if self.erasure == "erased":
            self.trigger_event(self.ErasureCompleted, **act.stamp(self.campaign, self.id))

    def _dated(self, act: Act) -> dict[str, object]:
        return act.dated(self.campaign, self.id)

    def _consent(self, act: Act, *, to: str, demand_version: int | None, step: str | None) -> None:
        self.trigger_event(self.ConsentGiven, to=to, demand_version=demand_version, step=step, **self._dated(act))

    def _must_be_member(self) -> None:
        if self.state != "confirmed":
            raise DomainError("not-a-member", state=self.state)

    def _must_be_in(self) -> None:
        if self.state not in ("pending", "confirmed"):
            raise DomainError("not-a-member", state=self.state)

    @event(MemberConfirmed)
    def _confirmed(self, demand_version: int) -> None:
        self.state = "confirmed"
        self.demand_version = demand_version

    @event(ClaimStated)
    def _claim_stated(self) -> None:
        self.claimed = True

    @event(ConsentGiven)
    def _consent_given(self, to: str, demand_version: int | None, step: str | None) -> None:
        if demand_version is not None:
            self.demand_version = demand_version
        if step is not None:
            self.consents.append(step)

    @event(ContactChanged)
    def _contact_changed(self) -> None:
        """The address is sealed; no decision rests on it."""

    @event(SafetyStepTaken)
    def _safety_steps_taken(self) -> None:
        """Kept for the member's own record."""

    @event(OutcomeRated)
    def _rated(self) -> None:
        """Counted by the progress reducer."""

    @event(ExperienceShared)
    def _experience_shared(self) -> None:
        """Sealed words, shown while the member lets them be."""

    @event(MemberWithdrew)
    def _withdrew(self) -> None:
        self.state = "withdrawn"

    @event(MembershipInvalidated)
    def _invalidated(self) -> None:
        self.before_invalidation = self.state
        self.state = "invalidated"

    @event(MembershipReinstated)
    def _reinstated(self) -> None:
        self.state = self.before_invalidation

    @event(ErasureRequested)
    def _erasure_requested(self, basis: str) -> None:
        self.erasure = "requested"
        self.basis = basis

    @event(SubjectErased)
    def _erased(self) -> None:
        self.erasure = "erased"

    @event(ErasureCompleted)
    def _erasure_completed(self) -> None:
        self.erasure = "completed"
