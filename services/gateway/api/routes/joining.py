"""Joining and confirming: the door through which everybody comes at once."""

from __future__ import annotations

import threading
import time
from typing import Any
from uuid import UUID

import orjson
from flask import Response, current_app

from services.contracts import commands_v1 as c
from services.contracts.codes import Refused
from services.gateway.accounts.current import current_locale, services
from services.gateway.api import schemas
from services.gateway.api.endpoint import Endpoint, Inputs, execute
from services.gateway.api.routes.campaigns import ONE
from services.gateway.api.shapes import ID, INSTANT, TEXT, TRUTH, many, obj
from services.kit.failures import TemporaryFailure

ANSWERS = "chorus-join-answers"
"""Under this name each application keeps its own JoinAnswers."""
KEPT_SECONDS = 60.0
_MOST_KEPT = 4096
_NO_WARNINGS = b'{"status":"pending","warnings":[]}'
_JOINED = obj(status={"const": "pending"}, warnings=many(obj(topic=TEXT, text=TEXT)))


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

    def ready(self, campaign: UUID, locale: str) -> bytes | None:
        """A body that is at hand and not old."""
        kept = self._kept.get((campaign, locale))
        return kept[1] if kept is not None and kept[0] > time.monotonic() else None

    def _keep(self, campaign: UUID, locale: str, body: bytes) -> None:
        with self._lock:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            self._kept[campaign, locale] = (time.monotonic() + KEPT_SECONDS, body)

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


def _answers() -> JoinAnswers:
    """Those of this application."""
    kept: JoinAnswers = current_app.extensions[ANSWERS]
    return kept


def join(inputs: Inputs) -> Response:
    told = inputs.body
    campaign = inputs.path["campaign"]
    body = _answers().of(campaign, current_locale())
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


ENDPOINTS = (
    Endpoint(
        "POST",
        f"{ONE}/members",
        "join-campaign",
        "Join; the answer is the same for every address, whose owner gets a mail.",
        join,
        tag="members",
        body=schemas.Join,
        status=202,
        person="anyone",
        quick=True,
        answer=_JOINED,
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
        answer=obj(("session", "expires_at"), campaign=ID, subject=ID, first=TRUTH, session=TEXT, expires_at=INSTANT),
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
)
