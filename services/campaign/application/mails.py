"""Mail that follows from no event: kept sealed until it is handed to notifier, decided at the last moment."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from services.campaign.application.case import Desk
from services.campaign.application.store import HandOver
from services.campaign.domain.base import DomainError, Recorded
from services.campaign.domain.membership import Membership
from services.contracts.notifier_port import Handover
from services.kit.logs import correlation

CONFIRM_VALID: Final = timedelta(days=7)
CONTACT_VALID: Final = timedelta(days=1)
MOST_CONFIRMATIONS: Final = 5
"""A pending join gets at most so many mails in its life, however often its address is typed in."""
JOINED_AGAIN: Final = "joined-again"


@dataclass(frozen=True, slots=True)
class Person:
    """Where a member is reached now."""

    email: str
    name: str
    locale: str


def person_of(events: Sequence[Recorded]) -> Person | None:
    """From a membership's opened events: the newest address; None once erased."""
    joined = events[0]
    assert isinstance(joined, Membership.MemberJoined)
    addresses = [e.email for e in events if isinstance(e, (Membership.MemberJoined, Membership.ContactChanged))]
    if not isinstance(addresses[-1], str) or not isinstance(joined.name, str):
        return None
    return Person(addresses[-1], joined.name, joined.locale)


def joined_again(note_id: UUID, at: datetime, campaign: UUID) -> HandOver:
    """Written by the transaction that refuses a second join; carries no address: the owner's own is on record."""
    return HandOver(note_id, at, JOINED_AGAIN, campaign, _body())


def mail(
    note_id: UUID, at: datetime, kind: str, campaign: UUID, person: Person, facts: Mapping[str, Any] | None = None
) -> HandOver:
    body = _body(email=person.email, locale=person.locale, facts=dict(facts or {}))
    return HandOver(note_id, at, kind, campaign, body)


def _body(**told: Any) -> bytes:
    """With the request that is being decided on, which the mail's log line will name."""
    return json.dumps({**told, "correlation": correlation()}).encode()


def to_hand_over(desk: Desk, note: HandOver) -> Handover | None:
    """The mail as notifier takes it; None when nothing is to be sent (any more)."""
    if note.kind == JOINED_AGAIN:
        return _to_known_address(desk, note)
    body = json.loads(note.body)
    return Handover(
        str(note.id), note.kind, body["email"], body["locale"], body["facts"], str(note.campaign),
        body.get("correlation"),
    )  # fmt: skip


def _to_known_address(desk: Desk, note: HandOver) -> Handover | None:
    """A new confirmation while pending, else `already-joined`; to the address on record, never the one typed in now."""
    assert note.subject is not None, "the store names the owner of the taken key"
    try:
        membership, events = desk.aggregates.history(Membership, note.subject)
    except DomainError:
        return None
    person = person_of(events)
    if person is None or membership.state not in ("pending", "confirmed", "invalidated"):
        return None
    kind, facts = "already-joined", {}
    if membership.state == "pending":
        if desk.tokens.issued("confirm", note.subject) >= MOST_CONFIRMATIONS:
            return None
        expires = desk.clock.now() + CONFIRM_VALID
        kind, facts = "confirmation", {"token": desk.tokens.issue("confirm", note.campaign, note.subject, expires)}
    served = json.loads(note.body).get("correlation")
    return Handover(str(note.id), kind, person.email, person.locale, facts, str(note.campaign), served)
