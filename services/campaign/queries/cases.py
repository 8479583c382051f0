"""Queries about contacts, filings and materials, by staff of all, by a member of what concerns them."""

from __future__ import annotations

from collections.abc import Sequence

from services.campaign.queries.asking import Asking, Json, both
from services.campaign.readmodels import case_rows
from services.campaign.readmodels.rows import Row, texts


def contacts(asking: Asking) -> list[Json]:
    return contacts_of(asking, None if asking.standing.staff else asking.subject)


def contacts_of(asking: Asking, subject: str | None) -> list[Json]:
    rows = case_rows.contacts_of(asking.rows, asking.campaign_id, subject)
    promised = case_rows.promises_of(asking.rows, [row["contact"] for row in rows])
    promises = [promise for several in promised.values() for promise in several]
    opened = asking.opened([row["logged"] for row in rows] + [row["recorded"] for row in promises])
    return [_contact(row, promised.get(row["contact"], ()), opened) for row in rows]


def _contact(row: Row, promises: Sequence[Row], opened: dict[int, Json]) -> Json:
    said = opened.get(row["logged"], {})
    return {
        "contact": row["contact"],
        "step": row["step"],
        "channel": row["channel"],
        "agent": said.get("agent"),
        "staff_number": said.get("staff_number"),
        "said": said.get("said"),
        "at": said.get("at", row["time"]),
        "by": "collective" if row["subject"] is None else "own",
        "logger": row["logger"],
        "promises": [
            {
                "promise": promise["promise"],
                "what": opened.get(promise["recorded"], {}).get("what"),
                "until": promise["until"],
                "state": promise["state"],
            }
            for promise in promises
        ],
    }


def filings(asking: Asking) -> list[Json]:
    return filings_of(asking, None if asking.standing.staff else asking.subject)


def filings_of(asking: Asking, subject: str | None) -> list[Json]:
    """All of the campaign, or the collective ones and a member's own; collective receipt numbers are for staff."""
    rows = case_rows.filings_of(asking.rows, asking.campaign_id, subject)
    asked = case_rows.materials_of(asking.rows, [row["filing"] for row in rows])
    requests = [request for several in asked.values() for request in several]
    given = case_rows.given_of(asking.rows, [request["request"] for request in requests])
    parts = [row[name] for row in rows for name in ("prepared", "submitted", "receipt", "response")]
    opened = asking.opened(parts + [request["asked"] for request in requests])
    return [_filing(asking, row, [_material(r, given, opened) for r in _asked(asked, row, subject)], opened)
            for row in rows]  # fmt: skip


def _asked(asked: object, row: Row, subject: str | None) -> Sequence[Row]:
    """What was asked for a filing; a member sees of a collective one what was asked of them alone."""
    assert isinstance(asked, dict)
    requests: Sequence[Row] = asked.get(row["filing"], ())
    if subject is None or row["subject"] == subject:
        return requests
    return [request for request in requests if request["member"] == subject]


def _material(row: Row, given: object, opened: dict[int, Json]) -> Json:
    assert isinstance(given, dict)
    return {
        "request": row["request"],
        "asked": opened.get(row["asked"], {}).get("asked"),
        "member": row["member"],
        "until": row["until"],
        "given": [gift["evidence"] for gift in given.get(row["request"], ())],
    }


def _filing(asking: Asking, row: Row, materials: list[Json], opened: dict[int, Json]) -> Json:
    prepared, submitted = opened.get(row["prepared"], {}), opened.get(row["submitted"], {})
    own = row["subject"] is not None
    receipt = opened.get(row["receipt"], {}).get("number")
    return {
        "filing": row["filing"],
        "step": row["step"],
        "name": both(asking.playbook.step(row["step"]).name),
        "by": "own" if own else "collective",
        "filer": row["subject"] or row["actor"],
        "statement": prepared.get("own_statement" if own else "statement"),
        "state": row["state"],
        "filed_on": row["filed_on"],
        "receipt": receipt if own or asking.standing.staff else None,
        "received_on": row["received_on"],
        "deadline": row["deadline"],
        "override_reason": submitted.get("own_override_reason" if own else "override_reason"),
        "warnings": texts(row["warnings"]),
        "response": _response(row, opened.get(row["response"], {})),
        "materials": materials,
        "version": row["version"],
    }


def _response(row: Row, said: Json) -> Json | None:
    if row["response"] is None:
        return None
    own = "own_" if row["subject"] is not None else ""
    return {
        "verdict": row["verdict"],
        "responder": said.get(f"{own}responder"),
        "text": said.get(f"{own}text"),
        "on": row["responded_on"],
    }


def materials_asked_of(asking: Asking, subject: str) -> list[Json]:
    rows = case_rows.materials_asked_of(asking.rows, asking.campaign_id, subject)
    given = case_rows.given_of(asking.rows, [row["request"] for row in rows])
    opened = asking.opened([row["asked"] for row in rows])
    return [{**_material(row, given, opened), "filing": row["filing"]} for row in rows]
