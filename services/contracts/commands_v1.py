"""Commands that the gateway sends to campaign: one frozen dataclass each, imperative, named in the field's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `person` is the hex HMAC of the canonical address, proven by mailbox; None is anonymous."""

    person: str | None = None
    operator: bool = False


@dataclass(frozen=True, slots=True)
class Demand:
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """Base of all commands."""


@dataclass(frozen=True, slots=True)
class LaunchCampaign(Command):
    """Answer: {campaign, version}. The caller becomes its first organizer."""

    jurisdiction: str
    timezone: str
    title: str
    provider_name: str
    provider_kind: str
    problem: str
    summary: str
    demands: list[Demand]
    organizer_name: str
    organizer_email: str
    locale: str


@dataclass(frozen=True, slots=True)
class PublishCampaign(Command):
    campaign: UUID


@dataclass(frozen=True, slots=True)
class ReviseCampaign(Command):
    campaign: UUID
    title: str | None = None
    summary: str | None = None


@dataclass(frozen=True, slots=True)
class ReviseDemands(Command):
    """Answer: {demand_version}."""

    campaign: UUID
    demands: list[Demand]


@dataclass(frozen=True, slots=True)
class InviteOrganizer(Command):
    campaign: UUID
    email: str
    locale: str


@dataclass(frozen=True, slots=True)
class AcceptOrganizer(Command):
    campaign: UUID
    name: str


@dataclass(frozen=True, slots=True)
class RemoveOrganizer(Command):
    campaign: UUID
    organizer: UUID


@dataclass(frozen=True, slots=True)
class InviteAuditor(Command):
    """Answer: {auditor}."""

    campaign: UUID
    name: str
    email: str
    locale: str
    expires_on: date


@dataclass(frozen=True, slots=True)
class RemoveAuditor(Command):
    campaign: UUID
    auditor: UUID


@dataclass(frozen=True, slots=True)
class PublishUpdate(Command):
    campaign: UUID
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class DecideEscalation(Command):
    """Answer: {step, warnings: [topic]}."""

    campaign: UUID
    step: str
    reason: str | None = None
    override_reason: str | None = None


@dataclass(frozen=True, slots=True)
class RecordOutcome(Command):
    """`results`: place of a demand (from 1, in the current demands) to met | partly | refused."""

    campaign: UUID
    results: dict[int, str]
    offered: dict[str, Decimal] = field(default_factory=dict)
    paid: dict[str, Decimal] = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ShareExperience(Command):
    """By a member about oneself, or by the organizer about the campaign; only once it has ended."""

    campaign: UUID
    text: str


@dataclass(frozen=True, slots=True)
class CloseCampaign(Command):
    """Answer: {state: resolved | closed}."""

    campaign: UUID


@dataclass(frozen=True, slots=True)
class SuspendCampaign(Command):
    """Operator only."""

    campaign: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class ResumeCampaign(Command):
    """Operator only."""

    campaign: UUID


@dataclass(frozen=True, slots=True)
class RemoveContent(Command):
    """Operator only: takes the public words of one event away; the history still verifies."""

    campaign: UUID
    event: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class JoinCampaign(Command):
    """Answer: {} for a new address and for a known one alike; the owner of the address gets the mail."""

    campaign: UUID
    email: str
    name: str
    locale: str


@dataclass(frozen=True, slots=True)
class ConfirmMembership(Command):
    """Answer: {campaign, subject, first: bool, person, email, locale}; repeated, `first` is false, nothing changes."""

    token: str


@dataclass(frozen=True, slots=True)
class StateClaim(Command):
    campaign: UUID
    problem: str
    remedy: str
    happened: datetime
    amount: Decimal | None = None
    currency: str | None = None
    private: bool = False
    reference: str | None = None
    details: str | None = None


@dataclass(frozen=True, slots=True)
class GiveConsent(Command):
    """`to`: demands (with the version consented to; None means the current one), filing (with its step), contact."""

    campaign: UUID
    to: str
    demand_version: int | None = None
    step: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeContact(Command):
    """Sends a confirmation to the new address; the change happens with ConfirmContactChange."""

    campaign: UUID
    email: str


@dataclass(frozen=True, slots=True)
class ConfirmContactChange(Command):
    """Answer: {campaign, subject, old_person}; whoever is signed in as `old_person` is to be signed out."""

    token: str


@dataclass(frozen=True, slots=True)
class TakeSafetySteps(Command):
    campaign: UUID
    taken: list[str]


@dataclass(frozen=True, slots=True)
class RateOutcome(Command):
    campaign: UUID
    satisfied: bool
    text: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawMembership(Command):
    campaign: UUID


@dataclass(frozen=True, slots=True)
class RequestErasure(Command):
    """Of oneself. Works for a withdrawn member too."""

    campaign: UUID


@dataclass(frozen=True, slots=True)
class InvalidateMembership(Command):
    campaign: UUID
    subject: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class ReinstateMembership(Command):
    campaign: UUID
    subject: UUID


@dataclass(frozen=True, slots=True)
class SubmitEvidence(Command):
    """With the file's bytes beside it. Answer: {evidence, digest, size, media_type}."""

    campaign: UUID
    kind: str
    file_name: str
    declared_type: str
    captured: datetime | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class RedactEvidence(Command):
    """With the redacted copy's bytes beside it; the original stays."""

    campaign: UUID
    evidence: UUID
    file_name: str
    declared_type: str


@dataclass(frozen=True, slots=True)
class ClassifyEvidence(Command):
    campaign: UUID
    evidence: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class ReviewEvidence(Command):
    """`verdict`: accepted | rejected (with reason_code) | more-needed (with note, which the member reads)."""

    campaign: UUID
    evidence: UUID
    verdict: str
    reason_code: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class WithdrawEvidence(Command):
    campaign: UUID
    evidence: UUID


@dataclass(frozen=True, slots=True)
class LogContact(Command):
    """`by`: own or collective; None takes what the caller is. Answer: {contact}."""

    campaign: UUID
    step: str
    channel: str
    agent: str | None = None
    staff_number: str | None = None
    said: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class RecordPromise(Command):
    """Answer: {promise}."""

    campaign: UUID
    contact: UUID
    until: datetime
    what: str


@dataclass(frozen=True, slots=True)
class SubmitFiling(Command):
    """Answer: {filing, warnings: [topic], deadline}. `override_reason` yields a missing precondition."""

    campaign: UUID
    step: str
    by: str
    statement: str
    override_reason: str | None = None


@dataclass(frozen=True, slots=True)
class RecordReceipt(Command):
    """Answer: {deadline: YYYY-MM-DD or null}. `received_on` None means today in the campaign's zone."""

    campaign: UUID
    filing: UUID
    number: str
    received_on: date | None = None


@dataclass(frozen=True, slots=True)
class RequestMaterial(Command):
    """`member`: of whom; None asks whoever filed. `filing` None: that member's own latest, else the latest collective
    one. Answer: {request, filing}."""

    campaign: UUID
    asked: str
    member: UUID | None = None
    filing: UUID | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class GiveMaterial(Command):
    campaign: UUID
    filing: UUID
    request: UUID
    evidence: UUID


@dataclass(frozen=True, slots=True)
class RecordResponse(Command):
    """`verdict`: met | partly | refused."""

    campaign: UUID
    filing: UUID
    verdict: str
    responder: str | None = None
    text: str | None = None
    responded_on: date | None = None


@dataclass(frozen=True, slots=True)
class ExtendDeadline(Command):
    campaign: UUID
    filing: UUID
    deadline: date
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class CloseFiling(Command):
    campaign: UUID
    filing: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class OpenBallot(Command):
    """Answer: {ballot}."""

    campaign: UUID
    question: str
    options: list[str]
    until: datetime


@dataclass(frozen=True, slots=True)
class CastVote(Command):
    """`option`: place from 1. Answer: {receipt} (the vote's id, shown to the member alone)."""

    campaign: UUID
    ballot: UUID
    option: int


@dataclass(frozen=True, slots=True)
class CloseBallot(Command):
    campaign: UUID
    ballot: UUID


@dataclass(frozen=True, slots=True)
class Request:
    """One command on its way: who sends it, under which key a retry is known, which version it was decided on."""

    command: Command
    caller: Caller = Caller()
    idempotency_key: str | None = None
    expected_version: int | None = None
    correlation: str | None = None


COMMANDS: dict[str, type[Command]] = {c.__name__: c for c in Command.__subclasses__()}
