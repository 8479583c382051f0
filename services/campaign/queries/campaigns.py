"""Queries about a campaign as the public and its people see it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.campaign.application.store import Kind
from services.campaign.playbooks.rules import COLLECTIVE, Facts, check
from services.campaign.queries.asking import Asking, Json, local_day, together
from services.campaign.queries.casework import shown
from services.campaign.readmodels import campaign_rows, member_rows
from services.campaign.readmodels.rows import Row, texts
from services.contracts.codes import Refused


def join_page(asking: Asking) -> Json:
    row = asking.campaign
    urgent = together(asking.playbook.urgent(asking.problem))
    before_joining = check(asking.playbook, asking.problem, "join", None, "own", COLLECTIVE, Facts())
    return {
        "campaign": asking.campaign_id,
        "state": row["state"],
        **worded(asking, row),
        "problem": row["problem"],
        "demands": demands(asking, row),
        "demand_version": row["demand_version"],
        "jurisdiction": row["jurisdiction"],
        "timezone": row["timezone"],
        "locale": row["locale"],
        "warnings": [shown(warning) for warning in before_joining.warnings],
        "urgent": urgent,
    }


def worded(asking: Asking, row: Row) -> Json:
    """Title, summary and provider of a campaign, as last revised."""
    return _worded(asking, [row])[row["campaign"]]


def _worded(asking: Asking, rows: Sequence[Row]) -> dict[str, Json]:
    ids = [row["campaign"] for row in rows]
    told = campaign_rows.worded(asking.rows, ids, campaign_rows.TITLED)
    content = asking.words([event["event"] for event in told])
    found: dict[str, Json] = {
        row["campaign"]: {"title": None, "summary": None, "provider": {"name": None, "kind": row["provider_kind"]}}
        for row in rows
    }
    for event in told:
        said, page = content.get(event["event"], {}), found[event["campaign"]]
        page["title"] = said.get("title", page["title"])
        page["summary"] = said.get("summary", page["summary"])
        page["provider"]["name"] = said.get("provider_name", page["provider"]["name"])
    return found


def demands(asking: Asking, row: Row) -> list[Json]:
    kinds = texts(row["demand_kinds"])
    said = asking.words([row["demands_event"]]).get(row["demands_event"], {}).get("demand_texts", [None] * len(kinds))
    return [{"kind": kind, "text": text} for kind, text in zip(kinds, said, strict=True)]


def experiences(asking: Asking) -> list[Json]:
    """The organizer's, and those of members who are still in."""
    told = campaign_rows.worded(asking.rows, [asking.campaign_id], campaign_rows.EXPERIENCES)
    tellers = member_rows.members_among(asking.rows, [row["subject"] for row in told if row["subject"] is not None])
    standing = {row["subject"] for row in tellers if row["state"] == "confirmed"}
    told = [row for row in told if row["subject"] is None or row["subject"] in standing]
    opened = asking.opened([row["position"] for row in told])
    return [
        {
            "by": "organizer" if row["subject"] is None else "member",
            "text": opened[row["position"]]["text"],
            "day": local_day(row["time"], asking.zone),
        }
        for row in told
        if "text" in opened.get(row["position"], {})
    ]


def my_campaigns(asking: Asking) -> list[Json]:
    """Where the caller organizes, audits or is a member; an organizer who has not accepted yet is `invited`."""
    assert asking.standing.key is not None
    held = [key for key in asking.desk.store.owners(asking.standing.key) if key.kind <= Kind.AUDITOR]
    subjects = {str(key.owner) for key in held if key.kind == Kind.MEMBER}
    staff = {row["actor"]: row for row in campaign_rows.staff_among(asking.rows, [str(key.owner) for key in held])}
    members = {row["subject"]: row for row in member_rows.members_among(asking.rows, sorted(subjects))}
    rows = campaign_rows.campaigns_among(asking.rows, sorted({str(key.scope) for key in held}))
    titles = _worded(asking, rows)
    found = []
    for row in rows:
        owners = {str(key.owner) for key in held if str(key.scope) == row["campaign"]}
        roles = [_role(staff[actor]) for actor in sorted(owners) if actor in staff]
        member = next((members[subject] for subject in owners if subject in members), None)
        roles += ["member"] if member is not None else []
        found.append({
            "campaign": row["campaign"],
            "title": titles[row["campaign"]]["title"],
            "state": row["state"],
            "roles": roles,
            "member_state": None if member is None else member["state"],
        })  # fmt: skip
    return [entry for entry in found if entry["roles"]]


def _role(row: Row) -> str:
    return "invited" if row["state"] == "invited" else str(row["role"])


def content(asking: Asking) -> dict[str, Json]:
    """Public words by event id, for whoever publishes or mails them."""
    ids = asking.args.get("event_ids")
    if not isinstance(ids, list | tuple):
        raise Refused("invalid", {"field": "event_ids"})
    try:
        wanted = [str(UUID(str(event))) for event in ids]
    except ValueError:
        raise Refused("invalid", {"field": "event_ids"}) from None
    return asking.words(wanted)
