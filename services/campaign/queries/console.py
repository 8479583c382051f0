"""The organizer's console: where the campaign stands, what to do next, what falls due."""

from __future__ import annotations

from services.campaign.playbooks.guidance import Advice, TimeLimit, guidance
from services.campaign.queries.asking import Asking, Json, both, local_day
from services.campaign.queries.campaigns import demands, worded
from services.campaign.readmodels import campaign_rows, case_rows, member_rows
from services.campaign.readmodels.rows import Row
from services.campaign.readmodels.views import facts_of


def console(asking: Asking) -> Json:
    row, standing = asking.campaign, asking.standing
    by_state = member_rows.by_state(asking.rows, asking.campaign_id)
    evidence = member_rows.evidence_by_state(asking.rows, asking.campaign_id)
    filings = case_rows.filings_by_state(asking.rows, asking.campaign_id)
    return {
        "campaign": asking.campaign_id,
        "version": row["version"],
        "state": row["state"],
        "role": "organizer" if standing.organizer else "auditor",
        "actor": standing.organizer or standing.auditor,
        **worded(asking, row),
        "problem": row["problem"],
        "demands": demands(asking, row),
        "demand_version": row["demand_version"],
        "jurisdiction": row["jurisdiction"],
        "timezone": row["timezone"],
        "locale": row["locale"],
        "step": row["step"],
        **_people(asking),
        "steps": _steps(asking),
        "to_review": evidence.get("submitted", 0),
        "due": [_due(asking, thing) for thing in campaign_rows.due_of(asking.rows, asking.campaign_id)],
        "counts": {
            "members": by_state.get("confirmed", 0),
            "pending": by_state.get("pending", 0),
            "evidence": sum(evidence.values()) - evidence.get("withdrawn", 0),
            "filings": sum(filings.values()),
        },
    }


def _people(asking: Asking) -> Json:
    rows = [row for row in campaign_rows.staff_of(asking.rows, asking.campaign_id) if row["state"] != "removed"]
    opened = asking.opened([row["named"] for row in rows])
    return {
        "organizers": [
            {
                "organizer": row["actor"],
                "name": opened.get(row["named"], {}).get("organizer_name"),
                "state": row["state"],
            }
            for row in rows
            if row["role"] == "organizer"
        ],
        "auditors": [
            {
                "auditor": row["actor"],
                "name": opened.get(row["named"], {}).get("auditor_name"),
                "expires_on": row["expires_on"],
            }
            for row in rows
            if row["role"] == "auditor"
        ],
    }


def _steps(asking: Asking) -> list[Json]:
    facts = facts_of(asking.rows, asking.campaign_id, None)
    provider = asking.campaign["provider_kind"]
    return [_step(advice) for advice in guidance(asking.playbook, asking.problem, facts, asking.today, provider)]


def _step(advice: Advice) -> Json:
    return {
        "step": advice.step.id,
        "name": both(advice.step.name),
        "kind": advice.step.kind,
        "filers": list(advice.step.filers),
        "state": advice.state,
        "next": advice.next,
        "reason": None if advice.reason is None else both(advice.reason),
        "warnings": [warning.topic for warning in advice.warnings],
        "deadlines": [_limit(limit) for limit in advice.limits],
    }


def _limit(limit: TimeLimit) -> Json:
    return {
        "name": both(limit.deadline.name),
        "number": limit.deadline.number,
        "unit": limit.deadline.unit,
        "last_day": None if limit.last_day is None else limit.last_day.isoformat(),
        "estimated": limit.estimated,
        "passed": limit.passed,
        "clock": limit.deadline.clock,
    }


def _due(asking: Asking, row: Row) -> Json:
    step: str | None = None
    if row["kind"] == "filing":
        filing = case_rows.filing(asking.rows, row["thing"])
        step = None if filing is None else filing["step"]
    elif row["kind"] == "promise":
        step = case_rows.promise_step(asking.rows, row["thing"])
    on = row["day"] if row["kind"] == "filing" else local_day(row["at"], asking.zone)
    return {"what": row["kind"], row["kind"]: row["thing"], "step": step, "on": on, "at": row["at"]}
