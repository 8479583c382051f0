"""Members: joining, confirming, the own record, and what staff see of it."""

from __future__ import annotations

import threading
import time
from typing import Any
from uuid import UUID

import orjson
from flask import Response

from services.contracts import commands_v1 as c
from services.contracts.codes import Refused
from services.gateway.accounts.current import caller, current_locale, services
from services.gateway.api import queries, schemas
from services.gateway.api.endpoint import Endpoint, Inputs, act, ask, execute
from services.gateway.api.routes.campaigns import ONE
from services.gateway.api.shapes import ANYTHING, ID, INSTANT, LIST, TEXT, TRUTH, many, obj
from services.kit.failures import TemporaryFailure

ME = f"{ONE}/me"
_KEPT_SECONDS = 60.0
_MOST_KEPT = 4096
_NO_WARNINGS = b'{"status":"pending","warnings":[]}'
_NAMED = ("names-a-member",)


class JoinAnswers:
    """One constant body for each campaign and language, kept ready as bytes.

    When it is old, one asks again while the others go on with it; and while campaign is too busy to say, all do.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[UUID, str], tuple[float, bytes]] = {}
        self._lock = threading.Lock()

    def of(self, campaign: UUID, locale: str) -> bytes:
        kept = self._kept.get((campaign, locale))
        if kept is not None:
            if kept[0] > time.monotonic():
                return kept[1]
            self._keep(campaign, locale, kept[1])
        try:
            body = self._make(campaign, locale)
        except TemporaryFailure:
            if kept is None:
                raise
            return kept[1]
        if body is None:
            self._kept.pop((campaign, locale), None)
            return _NO_WARNINGS
        self._keep(campaign, locale, body)
        return body

    def _keep(self, campaign: UUID, locale: str, body: bytes) -> None:
        with self._lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[campaign, locale] = (time.monotonic() + _KEPT_SECONDS, body)

    def _make(self, campaign: UUID, locale: str) -> bytes | None:
        """None where there is no such public campaign; then the join itself says why it is refused."""
        try:
            page = services().campaign.ask("join-page", c.Caller(), {"campaign": str(campaign)})
        except Refused:
            return None
        tongue = "zh" if locale == "zh-CN" else "en"
        warnings = [{"topic": w["topic"], "text": w["text"][tongue]} for w in page.get("warnings", ())]
        body: bytes = orjson.dumps({"status": "pending", "warnings": warnings})
        return body


def join(answers: JoinAnswers, inputs: Inputs) -> Response:
    told = inputs.body
    campaign = inputs.path["campaign"]
    body = answers.of(campaign, current_locale())
    execute(c.JoinCampaign(campaign, told["email"], told["name"], told["locale"]), c.Caller())
    return Response(body, 202, mimetype="application/json")


def confirm(inputs: Inputs) -> Any:
    """The first confirmation proves the mailbox, so it signs in; a repeated one changes nothing."""
    told = execute(c.ConfirmMembership(inputs.body["token"]), c.Caller())
    answer = {name: told[name] for name in ("campaign", "subject", "first")}
    if told["first"]:
        opened = services().accounts.sessions.open(told["person"], told["email"], told["locale"])
        answer |= {"session": opened.token, "expires_at": opened.session.expires_at.isoformat()}
    return answer


def confirm_contact(inputs: Inputs) -> Any:
    """Whoever was signed in under the old address is signed out."""
    told = execute(c.ConfirmContactChange(inputs.body["token"]), c.Caller())
    services().accounts.sessions.end_all(str(told["old_person"]))
    return {name: told[name] for name in ("campaign", "subject")}


def erase(inputs: Inputs) -> Any:
    person = caller().person
    execute(c.RequestErasure(**inputs.path))
    if person is not None:
        services().accounts.sessions.end_all(person)
    return {}


def endpoints() -> tuple[Endpoint, ...]:
    answers = JoinAnswers()
    joined = obj(status={"const": "pending"}, warnings=many(obj(topic=TEXT, text=TEXT)))
    return (
        Endpoint(
            "POST",
            f"{ONE}/members",
            "join-campaign",
            "Join; the answer is the same for every address, whose owner gets a mail.",
            lambda inputs: join(answers, inputs),
            tag="members",
            body=schemas.Join,
            status=202,
            person="anyone",
            quick=True,
            answer=joined,
            errors=("campaign-not-open", "email-invalid"),
        ),
        Endpoint(
            "POST",
            "/confirmations",
            "confirm-membership",
            "Confirm a membership with the token of the mail.",
            confirm,
            tag="members",
            body=schemas.TokenOnly,
            person="anyone",
            errors=("token-invalid",),
            answer=obj(
                ("session", "expires_at"), campaign=ID, subject=ID, first=TRUTH, session=TEXT, expires_at=INSTANT
            ),
        ),
        Endpoint(
            "POST",
            "/contact-confirmations",
            "confirm-contact-change",
            "Confirm a new address with the token mailed to it.",
            confirm_contact,
            tag="members",
            body=schemas.TokenOnly,
            person="anyone",
            errors=("token-invalid", "address-taken"),
            answer=obj(campaign=ID, subject=ID),
        ),
        *_OWN_RECORD,
        *_STAFF,
    )


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
