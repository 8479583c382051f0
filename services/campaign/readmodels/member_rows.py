"""Rows of members, their consents, safety steps and evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, select

from services.campaign.readmodels.rows import Row, every, numbers, one
from services.campaign.readmodels.tables import consents, evidence, members, safety


def member(connection: Connection, subject: str) -> Row | None:
    return one(connection, select(members).where(members.c.subject == subject))


def members_among(connection: Connection, subjects: Sequence[str]) -> Sequence[Row]:
    return every(connection, select(members).where(members.c.subject.in_(subjects)))


def page_of_members(connection: Connection, campaign: str, after: int, limit: int) -> Sequence[Row]:
    """In the order of joining; `after` is the position of the last one seen."""
    sought = select(members).where(members.c.campaign == campaign, members.c.joined > after)
    return every(connection, sought.order_by(members.c.joined).limit(limit))


def page_of_confirmed(connection: Connection, campaign: str, after: int, limit: int) -> Sequence[Row]:
    sought = select(members.c.joined).where(
        members.c.campaign == campaign, members.c.joined > after, members.c.state == "confirmed",
        members.c.erasure == "none",
    )  # fmt: skip
    return every(connection, sought.order_by(members.c.joined).limit(limit))


def erasures_requested(connection: Connection) -> Sequence[str]:
    """Asked for and not begun, in all campaigns, longest waiting first."""
    sought = select(members.c.subject).where(members.c.erasure == "requested").order_by(members.c.joined)
    return connection.scalars(sought).all()


def by_state(connection: Connection, campaign: str) -> Mapping[str, int]:
    sought = select(members.c.state, func.count()).where(members.c.campaign == campaign).group_by(members.c.state)
    return numbers(connection, sought)


def consents_of(connection: Connection, subject: str) -> Sequence[Row]:
    return every(connection, select(consents).where(consents.c.subject == subject).order_by(consents.c.position))


def consents_by_step(connection: Connection, campaign: str) -> Mapping[str, int]:
    """How many confirmed members consented to the filing at each step."""
    sought = (
        select(consents.c.step, func.count(consents.c.subject.distinct()))
        .join(members, members.c.subject == consents.c.subject)
        .where(consents.c.campaign == campaign, consents.c.step.is_not(None), members.c.state == "confirmed")
        .group_by(consents.c.step)
    )
    return numbers(connection, sought)


def safety_of(connection: Connection, subject: str) -> Sequence[Row]:
    return every(connection, select(safety).where(safety.c.subject == subject).order_by(safety.c.position))


def evidence_of(connection: Connection, subject: str) -> Sequence[Row]:
    return every(connection, select(evidence).where(evidence.c.subject == subject).order_by(evidence.c.submitted))


def one_evidence(connection: Connection, evidence_id: str) -> Row | None:
    return one(connection, select(evidence).where(evidence.c.evidence == evidence_id))


def page_of_evidence(
    connection: Connection, campaign: str, state: str | None, after: int, limit: int
) -> Sequence[Row]:  # fmt: skip
    """In the order of submission, of members whose record still exists."""
    sought = (
        select(evidence)
        .join(members, members.c.subject == evidence.c.subject)
        .where(evidence.c.campaign == campaign, evidence.c.submitted > after, members.c.erasure == "none")
    )
    if state is not None:
        sought = sought.where(evidence.c.state == state)
    return every(connection, sought.order_by(evidence.c.submitted).limit(limit))


def page_of_kept_evidence(connection: Connection, after: str, limit: int) -> Sequence[str]:
    """Ids in their own order, of all members who asked for no erasure."""
    sought = (
        select(evidence.c.evidence)
        .join(members, members.c.subject == evidence.c.subject)
        .where(evidence.c.evidence > after, members.c.erasure == "none")
    )
    return connection.scalars(sought.order_by(evidence.c.evidence).limit(limit)).all()


def evidence_by_state(connection: Connection, campaign: str) -> Mapping[str, int]:
    sought = select(evidence.c.state, func.count()).where(evidence.c.campaign == campaign).group_by(evidence.c.state)
    return numbers(connection, sought)


def evidence_by_member(connection: Connection, subjects: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
    """Subject -> state -> pieces."""
    sought = (
        select(evidence.c.subject, evidence.c.state, func.count())
        .where(evidence.c.subject.in_(subjects))
        .group_by(evidence.c.subject, evidence.c.state)
    )
    found: dict[str, dict[str, int]] = {}
    for subject, state, count in connection.execute(sought):
        found.setdefault(subject, {})[state] = count
    return found


def kinds_held(connection: Connection, campaign: str, subject: str | None) -> frozenset[str]:
    """Kinds of evidence that stand: submitted, accepted or waiting for more; of all members, or of one."""
    standing = evidence.c.state.in_(("submitted", "accepted", "more-needed"))
    sought = select(evidence.c.kind).distinct().where(evidence.c.campaign == campaign, standing)
    if subject is not None:
        sought = sought.where(evidence.c.subject == subject)
    return frozenset(connection.scalars(sought))
