"""Rows of campaigns, their staff and where their words are."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from services.campaign.readmodels.rows import Row, every, one
from services.campaign.readmodels.tables import campaigns, due, staff, words

TITLED = ("campaign.drafted", "campaign.revised")
EXPERIENCES = ("campaign.experience_shared", "membership.experience_shared")


def campaign(connection: Connection, campaign_id: str) -> Row | None:
    return one(connection, select(campaigns).where(campaigns.c.campaign == campaign_id))


def campaigns_among(connection: Connection, ids: Sequence[str]) -> Sequence[Row]:
    return every(connection, select(campaigns).where(campaigns.c.campaign.in_(ids)).order_by(campaigns.c.position))


def staff_of(connection: Connection, campaign_id: str) -> Sequence[Row]:
    return every(connection, select(staff).where(staff.c.campaign == campaign_id).order_by(staff.c.invited))


def staff_among(connection: Connection, actors: Sequence[str]) -> Sequence[Row]:
    return every(connection, select(staff).where(staff.c.actor.in_(actors)))


def worded(connection: Connection, campaign_ids: Sequence[str], types: Sequence[str]) -> Sequence[Row]:
    """Events of these types that carry words, in the order of the log."""
    sought = select(words).where(words.c.campaign.in_(campaign_ids), words.c.type.in_(types))
    return every(connection, sought.order_by(words.c.position))


def words_of(connection: Connection, events: Sequence[str]) -> Sequence[Row]:
    return every(connection, select(words).where(words.c.event.in_(events)))


def due_of(connection: Connection, campaign_id: str) -> Sequence[Row]:
    sought = select(due).where(due.c.campaign == campaign_id).order_by(due.c.at, due.c.kind, due.c.thing)
    return every(connection, sought.limit(50))
