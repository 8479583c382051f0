"""Queries about evidence, and the file itself to whoever may see it."""

from __future__ import annotations

from collections.abc import Sequence

from services.campaign.queries.asking import Asking, Json
from services.campaign.readmodels import member_rows
from services.campaign.readmodels.rows import Row
from services.contracts.codes import Refused


def described(asking: Asking, rows: Sequence[Row]) -> list[Json]:
    """What is known of files, opened for whoever may see them."""
    opened = asking.opened([row[name] for row in rows for name in ("submitted", "review")])
    return [_described(row, opened.get(row["submitted"], {}), opened.get(row["review"], {})) for row in rows]


def _described(row: Row, said: Json, review: Json) -> Json:
    return {
        "evidence": row["evidence"],
        "kind": row["kind"],
        "file_name": said.get("file_name"),
        "media_type": said.get("media_type"),
        "size": said.get("size"),
        "digest": said.get("digest"),
        "captured": said.get("captured"),
        "note": said.get("note"),
        "state": row["state"],
        "review_note": review.get("note"),
        "redacted": row["redaction"] is not None,
        "submitted_at": said.get("at"),
    }


def evidence(asking: Asking) -> Json:
    limit = asking.limit()
    rows = member_rows.page_of_evidence(
        asking.rows, asking.campaign_id, asking.text("state"), asking.number("after", 0), limit + 1
    )
    more, rows = len(rows) > limit, rows[:limit]
    owners = {row["subject"]: row for row in member_rows.members_among(asking.rows, [r["subject"] for r in rows])}
    names = asking.opened([owner["joined"] for owner in owners.values()])
    items = [
        {**item, "subject": row["subject"], "member_name": names.get(owners[row["subject"]]["joined"], {}).get("name")}
        for row, item in zip(rows, described(asking, rows), strict=True)
    ]
    return {"items": items, "next": str(rows[-1]["submitted"]) if more else None}


def file_of(asking: Asking) -> Json:
    """Name, type, size, place and key of a file: of one's own evidence, or for staff of the campaign's."""
    row = member_rows.one_evidence(asking.rows, asking.needed("evidence"))
    if row is None or row["campaign"] != asking.campaign_id:
        raise Refused("not-found")
    if not asking.standing.staff and row["subject"] != asking.standing.subject:
        raise Refused("not-found")
    if row["state"] == "withdrawn" and row["subject"] != asking.standing.subject:
        raise Refused("not-found")
    position = row["redaction"] if asking.args.get("redacted") else row["submitted"]
    said = asking.opened([position]).get(position or 0)
    if said is None or "blob" not in said:
        raise Refused("not-found")
    return said
