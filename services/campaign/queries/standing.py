"""Who the caller is in a campaign: found by the keyed hash of the address, checked against the views."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from services.campaign.application.store import Kind, Store
from services.campaign.queries.asking import Standing
from services.campaign.readmodels import campaign_rows, member_rows
from services.campaign.readmodels.rows import Row
from services.contracts.codes import Refused
from services.contracts.commands_v1 import Caller


def key_of(caller: Caller) -> bytes | None:
    if caller.person is None:
        return None
    try:
        return bytes.fromhex(caller.person)
    except ValueError:
        raise Refused("not-signed-in") from None


def standing_in(store: Store, rows: Connection, caller: Caller, campaign: Row | None, now: datetime) -> Standing:
    """Organizers count once they accepted, auditors until their last day is over, members until they leave or erase."""
    key = key_of(caller)
    if key is None or campaign is None:
        return Standing(key=key, operator=caller.operator)
    held = store.owners(key)
    scope = UUID(campaign["campaign"])
    owners = {held_key.kind: str(held_key.owner) for held_key in held if held_key.scope == scope}
    actors = [owners[kind] for kind in (Kind.ORGANIZER, Kind.AUDITOR) if kind in owners]
    today = now.astimezone(ZoneInfo(campaign["timezone"])).date().isoformat()
    roles = {
        row["role"]: row["actor"]
        for row in campaign_rows.staff_among(rows, actors)
        if row["state"] == "accepted" and (row["expires_on"] is None or row["expires_on"] >= today)
    }
    member = owners.get(Kind.MEMBER)
    if member is None:
        member = _former(rows, campaign, [str(k.owner) for k in held if k.kind == Kind.FORMER_MEMBER])
    return Standing(key, member, roles.get("organizer"), roles.get("auditor"), caller.operator)


def _former(rows: Connection, campaign: Row, subjects: list[str]) -> str | None:
    """Who withdrew may still see what is kept of them, and have it erased."""
    found = [
        row
        for row in member_rows.members_among(rows, subjects)
        if row["campaign"] == campaign["campaign"] and row["erasure"] == "none"
    ]
    return max(found, key=lambda row: int(row["joined"]))["subject"] if found else None
