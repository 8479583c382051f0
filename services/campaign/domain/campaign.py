"""The campaign: what is demanded of whom, who leads it, what it publishes, how it ends."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

from eventsourcing.domain import Aggregate, event

from services.campaign.domain.base import Act, DomainError, Personal, Recorded, Text
from services.campaign.domain.values import (
    DEMAND_KINDS,
    LOCALES,
    PROVIDER_KINDS,
    REMOVAL_REASONS,
    RESPONSE_VERDICTS,
    SUSPENSION_REASONS,
    money,
    one_of,
)  # fmt: skip

ENDED = ("resolved", "closed")


class Campaign(Aggregate):
    """States: draft, open, suspended, resolved, closed. Demands have versions from 1."""

    TOPIC = "campaign"
    Created = None  # type: ignore[assignment]

    class CampaignDrafted(Recorded, Aggregate.Created):
        TOPIC = "campaign.drafted"
        jurisdiction: str
        timezone: str
        problem: str
        provider_kind: str
        organizer: UUID
        locale: str
        demand_kinds: list[str]
        provider_name: Text[str]
        title: Text[str]
        summary: Text[str]
        demand_texts: Text[list[str]]
        organizer_name: Personal[str]
        organizer_email: Personal[str]

    class CampaignPublished(Recorded):
        TOPIC = "campaign.published"
        demand_version: int
        jurisdiction: str
        problem: str
        title: Text[str]

    class CampaignRevised(Recorded):
        TOPIC = "campaign.revised"
        title: Text[str | None]
        summary: Text[str | None]

    class DemandsRevised(Recorded):
        TOPIC = "campaign.demands_revised"
        demand_version: int
        demand_kinds: list[str]
        demand_texts: Text[list[str]]

    class OrganizerInvited(Recorded):
        TOPIC = "campaign.organizer_invited"
        organizer: UUID
        locale: str
        organizer_email: Personal[str]

    class OrganizerAccepted(Recorded):
        TOPIC = "campaign.organizer_accepted"
        organizer: UUID
        organizer_name: Personal[str]

    class OrganizerRemoved(Recorded):
        TOPIC = "campaign.organizer_removed"
        organizer: UUID

    class AuditorInvited(Recorded):
        TOPIC = "campaign.auditor_invited"
        auditor: UUID
        expires_on: date
        locale: str
        auditor_name: Personal[str]
        auditor_email: Personal[str]

    class AuditorRemoved(Recorded):
        TOPIC = "campaign.auditor_removed"
        auditor: UUID

    class UpdatePublished(Recorded):
        TOPIC = "campaign.update_published"
        title: Text[str]
        body: Text[str]

    class EscalationDecided(Recorded):
        TOPIC = "campaign.escalation_decided"
        step: str
        warnings: list[str]
        override: bool
        reason: Text[str | None]

    class OutcomeRecorded(Recorded):
        TOPIC = "campaign.outcome_recorded"
        demand_version: int
        results: dict[str, str]
        offered: dict[str, str]
        paid: dict[str, str]
        note: Text[str | None]

    class ExperienceShared(Recorded):
        TOPIC = "campaign.experience_shared"
        text: Text[str]

    class CampaignSuspended(Recorded):
        TOPIC = "campaign.suspended"
        reason: str

    class CampaignResumed(Recorded):
        TOPIC = "campaign.resumed"

    class CampaignResolved(Recorded):
        TOPIC = "campaign.resolved"

    class CampaignClosed(Recorded):
        TOPIC = "campaign.closed"

    class ContentRemoved(Recorded):
        TOPIC = "campaign.content_removed"
        event: UUID
        reason: str

    def __init__(
        self, jurisdiction: str, timezone: str, problem: str, organizer: UUID, demand_kinds: list[str]
    ) -> None:
        self.jurisdiction = jurisdiction
        self.timezone = timezone
        self.problem = problem
        self.state = "draft"
        self.demand_version = 0
        self.demand_kinds = demand_kinds
        self.organizers: dict[UUID, str] = {organizer: "accepted"}
        self.auditors: dict[UUID, date] = {}
        self.step: str | None = None
        self.outcome = False

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @classmethod
    def draft(
        cls, act: Act, campaign: UUID, *, demands: Sequence[tuple[str, str]], provider_kind: str, **facts: Any
    ) -> Self:
        """A new campaign, seen by its organizer alone. `demands` are (kind, text) in order."""
        one_of(provider_kind, PROVIDER_KINDS, "provider.kind")
        one_of(facts["locale"], LOCALES, "locale")
        kinds, texts = _demands(demands)
        return cls._create(
            cls.CampaignDrafted, id=campaign, organizer=act.actor, provider_kind=provider_kind,
            demand_kinds=kinds, demand_texts=texts, **facts, **act.stamp(campaign),
        )  # fmt: skip

    def publish(self, act: Act, title: str) -> None:
        if self.state != "draft":
            raise DomainError("already-published", state=self.state)
        self.trigger_event(
            self.CampaignPublished, demand_version=1, jurisdiction=self.jurisdiction, problem=self.problem,
            title=title, **act.stamp(self.id),
        )  # fmt: skip

    def revise(self, act: Act, title: str | None, summary: str | None) -> None:
        self._must_not_have_ended()
        if title is None and summary is None:
            raise DomainError("nothing-to-change")
        self.trigger_event(self.CampaignRevised, title=title, summary=summary, **act.stamp(self.id))

    def revise_demands(self, act: Act, demands: Sequence[tuple[str, str]]) -> None:
        """A new version of the demands; consent belongs to a version, so members are asked again."""
        self._must_be_open()
        kinds, texts = _demands(demands)
        self.trigger_event(
            self.DemandsRevised, demand_version=self.demand_version + 1, demand_kinds=kinds, demand_texts=texts,
            **act.stamp(self.id),
        )  # fmt: skip

    def invite_organizer(self, act: Act, organizer: UUID, email: str, locale: str) -> None:
        self._must_not_have_ended()
        one_of(locale, LOCALES, "locale")
        self.trigger_event(
            self.OrganizerInvited, organizer=organizer, organizer_email=email, locale=locale, **act.stamp(self.id)
        )

    def accept_organizer(self, act: Act, organizer: UUID, name: str) -> None:
        if organizer not in self.organizers:
            raise DomainError("not-found")
        if self.organizers[organizer] == "invited":
            self.trigger_event(self.OrganizerAccepted, organizer=organizer, organizer_name=name, **act.stamp(self.id))

    def remove_organizer(self, act: Act, organizer: UUID) -> None:
        if organizer not in self.organizers:
            raise DomainError("not-found")
        accepted = [o for o, state in self.organizers.items() if state == "accepted" and o != organizer]
        if not accepted:
            raise DomainError("last-organizer")
        self.trigger_event(self.OrganizerRemoved, organizer=organizer, **act.stamp(self.id))

    def invite_auditor(
        self, act: Act, auditor: UUID, *, name: str, email: str, locale: str, expires_on: date, today: date
    ) -> None:
        one_of(locale, LOCALES, "locale")
        if expires_on < today:
            raise DomainError("expiry-in-past", expires_on=expires_on)
        self.trigger_event(
            self.AuditorInvited, auditor=auditor, expires_on=expires_on, locale=locale, auditor_name=name,
            auditor_email=email, **act.stamp(self.id),
        )  # fmt: skip

    def remove_auditor(self, act: Act, auditor: UUID) -> None:
        if auditor not in self.auditors:
            raise DomainError("not-found")
        self.trigger_event(self.AuditorRemoved, auditor=auditor, **act.stamp(self.id))

    def publish_update(self, act: Act, title: str, body: str) -> None:
        self.must_have_been_published()
        self.trigger_event(self.UpdatePublished, title=title, body=body, **act.stamp(self.id))

    def decide_escalation(
        self, act: Act, step: str, *, warnings: Sequence[str], override: bool, reason: str | None
    ) -> None:
        self._must_be_open()
        self.trigger_event(
            self.EscalationDecided, step=step, warnings=list(warnings), override=override, reason=reason,
            **act.stamp(self.id),
        )  # fmt: skip

    def record_outcome(
        self, act: Act, results: Mapping[int, str], offered: Mapping[str, str | Decimal],
        paid: Mapping[str, str | Decimal],
        note: str | None,
    ) -> None:  # fmt: skip
        """What each demand came to, by its place from 1 in the current demands, and the money offered and paid."""
        self.must_have_been_published()
        if not results:
            raise DomainError("outcome-empty")
        for place, verdict in results.items():
            if not 1 <= place <= len(self.demand_kinds):
                raise DomainError("demand-unknown", place=place, demands=len(self.demand_kinds))
            one_of(verdict, RESPONSE_VERDICTS, "demands")
        self.trigger_event(
            self.OutcomeRecorded, demand_version=self.demand_version, note=note,
            results={str(place): results[place] for place in sorted(results)},
            offered=_sums(offered), paid=_sums(paid), **act.stamp(self.id),
        )  # fmt: skip

    def share_experience(self, act: Act, text: str) -> None:
        if not self.ended:
            raise DomainError("campaign-not-ended")
        self.trigger_event(self.ExperienceShared, text=text, **act.stamp(self.id))

    def suspend(self, act: Act, reason: str) -> None:
        self._must_be_open()
        one_of(reason, SUSPENSION_REASONS, "reason")
        self.trigger_event(self.CampaignSuspended, reason=reason, **act.stamp(self.id))

    def resume(self, act: Act) -> None:
        if self.state != "suspended":
            raise DomainError("campaign-not-suspended", state=self.state)
        self.trigger_event(self.CampaignResumed, **act.stamp(self.id))

    def close(self, act: Act) -> None:
        """Resolved where an outcome is recorded, else closed without one; open filings do not hinder it."""
        self.must_have_been_published()
        self._must_not_have_ended()
        self.trigger_event(self.CampaignResolved if self.outcome else self.CampaignClosed, **act.stamp(self.id))

    def remove_content(self, act: Act, event_id: UUID, reason: str) -> None:
        one_of(reason, REMOVAL_REASONS, "reason")
        self.trigger_event(self.ContentRemoved, event=event_id, reason=reason, **act.stamp(self.id))

    def _must_be_open(self) -> None:
        if self.state != "open":
            raise DomainError("campaign-not-open", state=self.state)

    def must_have_been_published(self) -> None:
        if self.state == "draft":
            raise DomainError("campaign-not-open", state=self.state)

    def _must_not_have_ended(self) -> None:
        if self.ended:
            raise DomainError("campaign-ended", state=self.state)

    @event(CampaignPublished)
    def _published(self, demand_version: int) -> None:
        self.state = "open"
        self.demand_version = demand_version

    @event(CampaignRevised)
    def _revised(self) -> None:
        """Public words only: nothing that a decision rests on."""

    @event(DemandsRevised)
    def _demands_revised(self, demand_version: int, demand_kinds: list[str]) -> None:
        self.demand_version = demand_version
        self.demand_kinds = demand_kinds

    @event(OrganizerInvited)
    def _organizer_invited(self, organizer: UUID) -> None:
        self.organizers[organizer] = "invited"

    @event(OrganizerAccepted)
    def _organizer_accepted(self, organizer: UUID) -> None:
        self.organizers[organizer] = "accepted"

    @event(OrganizerRemoved)
    def _organizer_removed(self, organizer: UUID) -> None:
        del self.organizers[organizer]

    @event(AuditorInvited)
    def _auditor_invited(self, auditor: UUID, expires_on: date) -> None:
        self.auditors[auditor] = expires_on

    @event(AuditorRemoved)
    def _auditor_removed(self, auditor: UUID) -> None:
        del self.auditors[auditor]

    @event(UpdatePublished)
    def _update_published(self) -> None:
        """Public words only."""

    @event(EscalationDecided)
    def _escalated(self, step: str) -> None:
        self.step = step

    @event(OutcomeRecorded)
    def _outcome_recorded(self) -> None:
        self.outcome = True

    @event(ExperienceShared)
    def _experience_shared(self) -> None:
        """Public words only."""

    @event(CampaignSuspended)
    def _suspended(self) -> None:
        self.state = "suspended"

    @event(CampaignResumed)
    def _resumed(self) -> None:
        self.state = "open"

    @event(CampaignResolved)
    def _resolved(self) -> None:
        self.state = "resolved"

    @event(CampaignClosed)
    def _closed(self) -> None:
        self.state = "closed"

    @event(ContentRemoved)
    def _content_removed(self) -> None:
        """The store takes the words away; the aggregate kept none."""


def _demands(demands: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    if not demands:
        raise DomainError("demands-missing")
    if len(demands) > 9:
        raise DomainError("demands-too-many", limit=9)
    return [one_of(kind, DEMAND_KINDS, "demands.kind") for kind, _ in demands], [text for _, text in demands]


def _sums(amounts: Mapping[str, str | Decimal]) -> dict[str, str]:
    return {currency: format(money(amounts[currency], currency), "f") for currency in sorted(amounts)}
