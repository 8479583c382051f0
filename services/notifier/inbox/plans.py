"""From an event to rows of the outbox: to whom, when, with which facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from services.notifier.domain.times import morning_before, surely_over
from services.notifier.inbox.desk import Desk
from services.notifier.inbox.leaves import Leaf

Plan = Callable[[Desk, Leaf], None]
To = Callable[[Desk, Leaf], list[str]]


def send(kind: str, to: To) -> Plan:
    """A mail of this kind to each of `to`, as soon as the hour permits."""

    def plan(desk: Desk, leaf: Leaf) -> None:
        for recipient in to(desk, leaf):
            desk.mail(kind, recipient, leaf, facts={"own": leaf.subject is not None})

    return plan


def only_if(field: str, value: Any, then: Plan) -> Plan:
    def plan(desk: Desk, leaf: Leaf) -> None:
        if leaf.data.get(field) == value:
            then(desk, leaf)

    return plan


def invite(role: str) -> Plan:
    def plan(desk: Desk, leaf: Leaf) -> None:
        desk.mail("invitation", leaf.data[role], leaf, facts={"role": role})

    return plan


def the_subject(desk: Desk, leaf: Leaf) -> list[str]:
    return [leaf.subject] if leaf.subject else []


def who_filed(desk: Desk, leaf: Leaf) -> list[str]:
    """The member, or the organizer who filed; once that one has left, all who lead the campaign."""
    known = desk.register.filing(leaf.stream)
    if known is None:
        return [leaf.subject] if leaf.subject else desk.register.organizers(leaf.campaign)
    return [known.filer] if known.own else _still_leading(desk, leaf.campaign, known.filer)


def whom_asked(desk: Desk, leaf: Leaf) -> list[str]:
    member = leaf.data.get("member")
    return [member] if member else who_filed(desk, leaf)


def deadline_near(desk: Desk, leaf: Leaf) -> None:
    """For the morning of the day before; when it leaves it is looked at again whether that deadline still stands."""
    known = desk.register.filing(leaf.stream)
    deadline = leaf.data.get("deadline")
    if deadline is None or known is None or known.state != "open":
        return
    due = morning_before(date.fromisoformat(deadline), desk.about(leaf.campaign).zone)
    if surely_over(due, leaf.time, desk.now, cut_to_the_hour=leaf.subject is not None):
        return
    for recipient in who_filed(desk, leaf):
        facts = {"step": known.step, "own": known.own}
        desk.mail("deadline-near", recipient, leaf, facts=facts, due=due, about=leaf.stream)


def promise_broken(desk: Desk, leaf: Leaf) -> None:
    """To whoever logged it; what was promised is asked for by the event that breaks it."""
    logger = leaf.subject or desk.register.logger(leaf.stream)
    if logger is None:
        return
    facts = {"until": desk.register.promised_until(leaf.data["promise"]), "own": leaf.subject is not None}
    for recipient in [logger] if leaf.subject else _still_leading(desk, leaf.campaign, logger):
        desk.mail("promise-broken", recipient, leaf, facts=facts)


def _still_leading(desk: Desk, campaign: str, organizer: str) -> list[str]:
    organizers = desk.register.organizers(campaign)
    return [organizer] if organizer in organizers else organizers
