"""What requests may say: one schema each body and query; the pages validate their forms with the same."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import post_load

from services.contracts.commands_v1 import Demand
from services.gateway.api.fields import (
    ByKey,
    Choice,
    Day,
    Email,
    Id,
    Instant,
    Money,
    Part,
    Several,
    Strict,
    Text,
    Truth,
    Whole,
    Word,
)

LOCALES: Final = ("zh-CN", "en")
PROVIDER_KINDS: Final = ("payment-institution", "bank", "other")
DEMAND_KINDS: Final = (
    "refund", "compensate", "apologise", "unfreeze", "correct", "explain", "fix", "delete", "fee_back",
)  # fmt: skip
EVIDENCE_KINDS: Final = (
    "transaction-record", "screenshot", "communication", "recording", "contract", "identity", "other",
)  # fmt: skip
CONTACT_CHANNELS: Final = ("hotline", "branch", "web", "app", "email", "letter", "social")
SAFETY_STEPS: Final = (
    "lock-account", "change-password", "call-support", "report-police", "watch-transactions", "enable-2fa",
)  # fmt: skip
REVIEW_VERDICTS: Final = ("accepted", "rejected", "more-needed")
REVIEW_REASONS: Final = ("unreadable", "unrelated", "incomplete", "duplicate", "edited", "names-others", "other")
RESPONSE_VERDICTS: Final = ("met", "partly", "refused")
SUSPENSION_REASONS: Final = ("abuse", "court-order", "safety", "dispute")
INVALIDATION_REASONS: Final = ("duplicate-person", "not-affected", "abuse", "test")
REMOVAL_REASONS: Final = ("court-order", "mistake", "names-a-person", "unlawful")
NAME, TITLE, SENTENCE, PARAGRAPH, STORY = 80, 120, 500, 2000, 5000
OPAQUE: Final = r"[A-Za-z0-9_.-]{16,200}"
_ZONE: Final = r"[A-Za-z][A-Za-z0-9_+/-]{1,63}"
_CURRENCY: Final = r"[A-Z]{3}"


def locale(**kwargs: Any) -> Choice:
    return Choice(*LOCALES, **kwargs)


class Nothing(Strict):
    """No body, or an empty object."""


class SignInLink(Strict):
    email = Email(required=True)
    locale = locale()


class SignIn(Strict):
    """The token of the mail, with the secret given when the link was asked for, or with the code of the mail."""

    token = Word(OPAQUE, required=True)
    browser = Word(OPAQUE)
    code = Text(20, shortest=8)


class TokenOnly(Strict):
    token = Word(OPAQUE, required=True)


class Provider(Strict):
    name = Text(NAME, required=True)
    kind = Choice(*PROVIDER_KINDS, required=True)


class DemandBody(Strict):
    kind = Choice(*DEMAND_KINDS, required=True)
    text = Text(300, required=True)

    @post_load
    def as_demand(self, data: dict[str, Any], **_kwargs: Any) -> Demand:
        return Demand(**data)


class Launch(Strict):
    jurisdiction = Word(required=True)
    timezone = Word(_ZONE)
    title = Text(TITLE, required=True)
    provider = Part(Provider, required=True)
    problem = Word(required=True)
    summary = Text(STORY, lines=True, required=True)
    demands = Several(Part(DemandBody), least=1, most=9, required=True)
    organizer_name = Text(NAME, required=True)
    locale = locale()


class Revise(Strict):
    title = Text(TITLE)
    summary = Text(STORY, lines=True)


class Demands(Strict):
    demands = Several(Part(DemandBody), least=1, most=9, required=True)


class Suspension(Strict):
    reason = Choice(*SUSPENSION_REASONS, required=True)


class OrganizerInvitation(Strict):
    email = Email(required=True)
    locale = locale(load_default="zh-CN")


class OrganizerAcceptance(Strict):
    name = Text(NAME, required=True)


class AuditorInvitation(Strict):
    name = Text(NAME, required=True)
    email = Email(required=True)
    expires_on = Day(required=True)
    locale = locale(load_default="zh-CN")


class Join(Strict):
    email = Email(required=True)
    name = Text(NAME, required=True)
    locale = locale(required=True)
    consent = Truth(must=True, required=True)


class Invalidation(Strict):
    reason = Choice(*INVALIDATION_REASONS, required=True)


class Claim(Strict):
    what = Word(required=True, attribute="problem")
    remedy = Choice(*DEMAND_KINDS, required=True)
    happened = Instant(required=True)
    amount = Money()
    currency = Word(_CURRENCY)
    private = Truth(load_default=False)
    reference = Text(SENTENCE)
    details = Text(STORY, lines=True)


class Consent(Strict):
    to = Choice("demands", "filing", "contact", required=True)
    demand_version = Whole(1, 10_000)
    step = Word()


class NewAddress(Strict):
    email = Email(required=True)


class SafetySteps(Strict):
    taken = Several(Choice(*SAFETY_STEPS, required=True), least=1, most=len(SAFETY_STEPS), required=True)


class Rating(Strict):
    satisfied = Truth(required=True)
    text = Text(PARAGRAPH, lines=True)


class Experience(Strict):
    text = Text(STORY, lines=True, required=True)


class EvidenceFields(Strict):
    """The fields beside the file, of a form in parts."""

    kind = Choice(*EVIDENCE_KINDS, required=True)
    captured = Instant()
    note = Text(PARAGRAPH, lines=True)


class EvidenceKind(Strict):
    kind = Choice(*EVIDENCE_KINDS, required=True)


class Review(Strict):
    verdict = Choice(*REVIEW_VERDICTS, required=True)
    reason_code = Choice(*REVIEW_REASONS)
    note = Text(PARAGRAPH, lines=True)


class ContactLog(Strict):
    step = Word(required=True)
    channel = Choice(*CONTACT_CHANNELS, required=True)
    agent = Text(NAME)
    staff_number = Text(NAME)
    said = Text(STORY, lines=True)
    by = Choice("own", "collective")


class Promise(Strict):
    until = Instant(required=True)
    what = Text(SENTENCE, required=True)


class FilingBody(Strict):
    step = Word(required=True)
    by = Choice("own", "collective", required=True)
    statement = Text(STORY, lines=True, required=True)
    override_reason = Text(PARAGRAPH, lines=True)


class Receipt(Strict):
    number = Text(NAME, required=True)
    received_on = Day()


class MaterialRequest(Strict):
    asked = Text(PARAGRAPH, lines=True, required=True)
    member = Id()
    filing = Id()
    until = Day()


class MaterialGiven(Strict):
    evidence = Id(required=True)


class Response(Strict):
    verdict = Choice(*RESPONSE_VERDICTS, required=True)
    responder = Text(NAME)
    text = Text(STORY, lines=True)
    responded_on = Day()


class Extension(Strict):
    deadline = Day(required=True)
    reason = Text(SENTENCE)


class FilingEnd(Strict):
    reason = Text(SENTENCE, required=True)


class Escalation(Strict):
    step = Word(required=True)
    reason = Text(PARAGRAPH, lines=True)
    override_reason = Text(PARAGRAPH, lines=True)


class Update(Strict):
    title = Text(TITLE, required=True)
    body = Text(STORY, lines=True, required=True)


class BallotBody(Strict):
    question = Text(SENTENCE, required=True)
    options = Several(Text(200, required=True), least=2, most=20, required=True)
    until = Instant(required=True)


class VoteBody(Strict):
    option = Whole(1, 20, required=True)


class Outcome(Strict):
    demands = ByKey(Word("[1-9]"), Choice(*RESPONSE_VERDICTS, required=True), most=9, required=True)
    offered = ByKey(Word(_CURRENCY), Money(required=True), most=20, load_default=dict)
    paid = ByKey(Word(_CURRENCY), Money(required=True), most=20, load_default=dict)
    note = Text(PARAGRAPH, lines=True)

    @post_load
    def as_command(self, data: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
        data["results"] = {int(place): result for place, result in data.pop("demands").items()}
        return data


class Removal(Strict):
    event = Id(required=True)
    reason = Choice(*REMOVAL_REASONS, required=True)
