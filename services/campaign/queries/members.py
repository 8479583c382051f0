"""Queries about members: one's own record, and the list that staff sees, which never shows an address."""

from __future__ import annotations

from services.campaign.playbooks.model import Step
from services.campaign.playbooks.rules import Facts, missing_evidence, satisfied
from services.campaign.queries.asking import Asking, Json, both, together
from services.campaign.queries.ballots import ballots_of
from services.campaign.queries.cases import contacts_of, filings_of, materials_asked_of
from services.campaign.queries.evidence import described
from services.campaign.readmodels import member_rows
from services.campaign.readmodels.rows import Row, texts
from services.campaign.readmodels.views import facts_of
from services.contracts.codes import Refused


def my_record(asking: Asking) -> Json:
    row = member_rows.member(asking.rows, asking.subject)
    if row is None:
        raise Refused("not-found")
    steps = member_rows.safety_of(asking.rows, asking.subject)
    opened = asking.opened(
        [row["joined"], row["address"], row["claim"], row["rating"], *(taken["position"] for taken in steps)]
    )
    joined = opened.get(row["joined"], {})
    facts = facts_of(asking.rows, asking.campaign_id, asking.subject)
    return {
        "subject": asking.subject,
        "state": row["state"],
        "name": joined.get("name"),
        "email": opened.get(row["address"], {}).get("email"),
        "locale": row["locale"],
        "joined_at": joined.get("at", row["joined_on"]),
        "demand_version": row["demand_version"],
        "current_demand_version": asking.campaign["demand_version"],
        "consents": [_consent(given) for given in member_rows.consents_of(asking.rows, asking.subject)],
        "claim": _claim(row, opened.get(row["claim"], {})),
        "safety": [{"steps": texts(taken["steps"]), "at": opened.get(taken["position"], {}).get("at")}
                   for taken in steps],
        "urgent": together(asking.playbook.urgent(asking.problem)),
        "evidence": described(asking, member_rows.evidence_of(asking.rows, asking.subject)),
        "contacts": contacts_of(asking, asking.subject),
        "filings": filings_of(asking, asking.subject),
        "materials": materials_asked_of(asking, asking.subject),
        "ballots": ballots_of(asking, asking.subject),
        "rating": _rating(row, opened.get(row["rating"], {})),
        "checklist": _checklist(asking, facts),
        "steps": [_step(asking, step, facts) for step in _own_route(asking)],
    }  # fmt: skip


def _consent(row: Row) -> Json:
    return {"to": row["to"], "demand_version": row["demand_version"], "step": row["step"]}


def _claim(row: Row, said: Json) -> Json | None:
    if row["claim"] is None:
        return None
    amount, currency = row["amount"], row["currency"]
    private = said.get("private_amount")
    if private is not None:
        amount, currency = private.split(" ")
    return {
        "problem": row["problem"],
        "remedy": row["remedy"],
        "happened": said.get("happened"),
        "amount": amount,
        "currency": currency,
        "private": private is not None,
        "reference": said.get("reference"),
        "details": said.get("details"),
        "stated_at": said.get("at"),
    }


def _rating(row: Row, said: Json) -> Json | None:
    return None if row["rating"] is None else {"satisfied": row["satisfied"], "text": said.get("text")}


def _checklist(asking: Asking, facts: Facts) -> list[Json]:
    missing = missing_evidence(asking.problem, facts.evidence)
    return [
        {"text": both(item), "kinds": sorted(item.satisfied_by), "satisfied": item not in missing}
        for item in asking.problem.evidence
    ]


def _own_route(asking: Asking) -> list[Step]:
    route = asking.playbook.route(asking.campaign["problem"], asking.campaign["provider_kind"])
    return [step for step in route if "own" in step.filers]


def _step(asking: Asking, step: Step, facts: Facts) -> Json:
    filed = [filing for filing in facts.filings if filing.step == step.id and filing.filer == asking.subject]
    state, reason = "available", None
    if any(filing.open for filing in filed):
        state = "open"
    elif filed or (step.id, asking.subject) in facts.contacts:
        state = "done"
    elif not satisfied(step.requires, asking.playbook, asking.subject, facts):
        state, reason = "blocked", both(step.requires.text) if step.requires else None
    return {"step": step.id, "name": both(step.name), "state": state, "reason": reason}


def members(asking: Asking) -> Json:
    limit = asking.limit()
    rows = member_rows.page_of_members(asking.rows, asking.campaign_id, asking.number("after", 0), limit + 1)
    more, rows = len(rows) > limit, rows[:limit]
    opened = asking.opened([row[name] for row in rows for name in ("joined", "claim")])
    held = member_rows.evidence_by_member(asking.rows, [row["subject"] for row in rows])
    return {
        "items": [
            {
                "subject": row["subject"],
                "name": opened.get(row["joined"], {}).get("name"),
                "state": row["state"],
                "joined_at": opened.get(row["joined"], {}).get("at", row["joined_on"]),
                "demand_version": row["demand_version"],
                "claim": _claim(row, opened.get(row["claim"], {})),
                "evidence": sum(held.get(row["subject"], {}).values()),
                "accepted": held.get(row["subject"], {}).get("accepted", 0),
            }
            for row in rows
        ],
        "next": str(rows[-1]["joined"]) if more else None,
    }
