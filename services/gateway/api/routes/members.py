"""Members: the own record, and what staff see of it."""

from __future__ import annotations

from typing import Any

from services.contracts import commands_v1 as c
from services.gateway.accounts.current import caller, services
from services.gateway.api import queries, schemas
from services.gateway.api.endpoint import Endpoint, Inputs, act, ask, execute
from services.gateway.api.routes.campaigns import ONE
from services.gateway.api.shapes import ANYTHING, LIST, many, obj

ME = f"{ONE}/me"
_NAMED = ("names-a-member",)


def erase(inputs: Inputs) -> Any:
    person = caller().person
    execute(c.RequestErasure(**inputs.path))
    if person is not None:
        services().accounts.sessions.end_all(person)
    return {}


_OWN_RECORD = (
    ask(ME, "my-record", "One's own record.", tag="members"),
    ask(f"{ME}/export", "my-record", "One's own record, to keep.", tag="members", name="export-my-record"),
    act(
        "PUT",
        f"{ME}/claim",
        c.StateClaim,
        "State one's claim; stating it again replaces it.",
        schemas.Claim,
        tag="members",
        errors=(
            "problem-unknown",
            "happened-in-future",
            "amount-not-positive",
            "amount-too-precise",
            "amount-too-large",
            "amount-missing",
            "currency-unknown",
            "currency-missing",
            "membership-ended",
        ),
    ),
    act(
        "POST",
        f"{ME}/consents",
        c.GiveConsent,
        "Consent to demands, to a filing's step, or to being contacted.",
        schemas.Consent,
        tag="members",
        errors=("demand-unknown", "step-unknown"),
    ),
    act(
        "PUT",
        f"{ME}/contact",
        c.ChangeContact,
        "Ask for another address; it is confirmed there.",
        schemas.NewAddress,
        tag="members",
        status=202,
        errors=("address-taken", "email-invalid"),
    ),
    act(
        "POST",
        f"{ME}/safety-steps",
        c.TakeSafetySteps,
        "Record urgent steps taken.",
        schemas.SafetySteps,
        tag="members",
        errors=("safety-steps-missing",),
    ),
    act(
        "PUT",
        f"{ME}/rating",
        c.RateOutcome,
        "Say whether one is satisfied with the outcome.",
        schemas.Rating,
        tag="members",
    ),
    act(
        "POST",
        f"{ME}/withdraw",
        c.WithdrawMembership,
        "Leave the campaign.",
        tag="members",
        errors=("membership-ended",),
    ),
    Endpoint(
        "POST",
        f"{ME}/erase",
        "request-erasure",
        "Have one's personal data destroyed.",
        erase,
        tag="members",
        body=schemas.Nothing,
        status=202,
        errors=("erased",),
    ),
    act(
        "POST",
        f"{ONE}/experiences",
        c.ShareExperience,
        "Tell what the campaign was like, once it has ended.",
        schemas.Experience,
        tag="progress",
        status=201,
        errors=("campaign-not-ended", *_NAMED),
    ),
    ask(
        f"{ONE}/experiences",
        "experiences",
        "What members and organizers tell.",
        tag="progress",
        person="anyone",
        answer=LIST,
    ),
)

_STAFF = (
    ask(
        f"{ONE}/members",
        "members",
        "Staff: the members, never an address.",
        tag="people",
        query=queries.Page,
        answer=obj(items=many(ANYTHING), next=ANYTHING),
    ),
    act(
        "POST",
        f"{ONE}/members/<uuid:subject>/invalidate",
        c.InvalidateMembership,
        "Take a membership out of the count.",
        schemas.Invalidation,
        tag="people",
        errors=("membership-ended",),
    ),
    act(
        "POST",
        f"{ONE}/members/<uuid:subject>/reinstate",
        c.ReinstateMembership,
        "Count a membership again.",
        tag="people",
        errors=("membership-not-invalidated",),
    ),
)

ENDPOINTS = (*_OWN_RECORD, *_STAFF)
