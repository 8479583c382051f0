"""Rows of contacts, promises, filings, materials and ballots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, Table, and_, func, or_, select

from services.campaign.readmodels.rows import Row, every, numbers, one
from services.campaign.readmodels.tables import ballots, contacts, counts, filings, given, materials, promises


def contacts_of(connection: Connection, campaign: str, subject: str | None) -> Sequence[Row]:
    """All of a campaign, or a member's own."""
    sought = select(contacts).where(contacts.c.campaign == campaign)
    if subject is not None:
        sought = sought.where(contacts.c.subject == subject)
    return every(connection, sought.order_by(contacts.c.logged))


def steps_tried(connection: Connection, campaign: str, subject: str | None) -> Sequence[tuple[str, str | None]]:
    """Steps with a contact and who made it (None: an organizer); of all, one of those who did stands for each step."""
    if subject is None:
        sought = select(contacts.c.step, func.min(contacts.c.subject)).group_by(contacts.c.step)
        sought = sought.where(contacts.c.campaign == campaign)
    else:
        sought = select(contacts.c.step, contacts.c.subject).distinct().where(_concerns(contacts, campaign, subject))
    return [(step, who) for step, who in connection.execute(sought)]


def promises_of(connection: Connection, contact_ids: Sequence[str]) -> Mapping[str, Sequence[Row]]:
    sought = select(promises).where(promises.c.contact.in_(contact_ids)).order_by(promises.c.recorded)
    return _by("contact", every(connection, sought))


def open_promises(connection: Connection, campaign: str, logger: str, step: str) -> Sequence[str]:
    """Contacts of a logger with a promise at this step that is still open."""
    sought = select(promises.c.contact).where(
        promises.c.campaign == campaign, promises.c.logger == logger, promises.c.step == step,
        promises.c.state == "open",
    )  # fmt: skip
    return connection.scalars(sought.distinct().order_by(promises.c.contact)).all()


def promise_step(connection: Connection, promise: str) -> str | None:
    return connection.scalar(select(promises.c.step).where(promises.c.promise == promise))


def filing(connection: Connection, filing_id: str) -> Row | None:
    return one(connection, select(filings).where(filings.c.filing == filing_id))


def filings_of(connection: Connection, campaign: str, subject: str | None) -> Sequence[Row]:
    """All of a campaign; or what concerns one member: the collective ones and that member's own."""
    whose = filings.c.campaign == campaign if subject is None else _concerns(filings, campaign, subject)
    return every(connection, select(filings).where(whose).order_by(filings.c.prepared))


def _concerns(table: Table, campaign: str, subject: str) -> ColumnElement[bool]:
    """The collective ones and a member's own; the campaign is named twice, so that an index serves both halves."""
    mine, nobodys = table.c.subject == subject, table.c.subject.is_(None)
    return or_(and_(table.c.campaign == campaign, nobodys), and_(table.c.campaign == campaign, mine))


def latest_submitted(connection: Connection, campaign: str, subject: str | None) -> str | None:
    whose = filings.c.subject.is_(None) if subject is None else filings.c.subject == subject
    sought = select(filings.c.filing).where(filings.c.campaign == campaign, filings.c.submitted.is_not(None), whose)
    return connection.scalar(sought.order_by(filings.c.submitted.desc()).limit(1))


def own_not_closed(connection: Connection, campaign: str, subject: str) -> Sequence[str]:
    sought = select(filings.c.filing).where(
        filings.c.campaign == campaign, filings.c.subject == subject, filings.c.state != "closed"
    )
    return connection.scalars(sought.order_by(filings.c.prepared)).all()


def filings_by_state(connection: Connection, campaign: str) -> Mapping[str, int]:
    sought = select(filings.c.state, func.count()).where(filings.c.campaign == campaign).group_by(filings.c.state)
    return numbers(connection, sought)


def materials_of(connection: Connection, filing_ids: Sequence[str]) -> Mapping[str, Sequence[Row]]:
    sought = select(materials).where(materials.c.filing.in_(filing_ids)).order_by(materials.c.asked)
    return _by("filing", every(connection, sought))


def materials_asked_of(connection: Connection, campaign: str, member: str) -> Sequence[Row]:
    """Asked of this member by name, or of whoever filed, where that was this member."""
    own = materials.c.member.is_(None) & (filings.c.subject == member)
    sought = (
        select(materials)
        .join(filings, filings.c.filing == materials.c.filing)
        .where(materials.c.campaign == campaign, or_(materials.c.member == member, own))
        .order_by(materials.c.asked)
    )
    return every(connection, sought)


def given_of(connection: Connection, requests: Sequence[str]) -> Mapping[str, Sequence[Row]]:
    sought = select(given).where(given.c.request.in_(requests)).order_by(given.c.position)
    return _by("request", every(connection, sought))


def ballots_of(connection: Connection, campaign: str) -> Sequence[Row]:
    return every(connection, select(ballots).where(ballots.c.campaign == campaign).order_by(ballots.c.opened))


def counts_of(connection: Connection, ballot_ids: Sequence[str]) -> Mapping[str, Mapping[int, int]]:
    """Ballot -> place of the option -> votes."""
    found: dict[str, dict[int, int]] = {}
    for row in every(connection, select(counts).where(counts.c.ballot.in_(ballot_ids))):
        found.setdefault(row["ballot"], {})[row["option"]] = row["votes"]
    return found


def _by(column: str, rows: Sequence[Row]) -> Mapping[str, Sequence[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[column], []).append(row)
    return found
