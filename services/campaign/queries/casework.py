"""Queries about the playbooks, and what would be said before an act."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, cast

from services.campaign.playbooks.calendar import WorkCalendar
from services.campaign.playbooks.model import Deadline, Playbook, Step
from services.campaign.playbooks.rules import COLLECTIVE, Act, By, Warning, check
from services.campaign.queries.asking import Asking, Json, both, together
from services.campaign.readmodels.views import facts_of
from services.contracts.codes import Refused

ACTS = ("file", "escalate", "join")
FILERS = ("collective", "own")


def casework(asking: Asking) -> Json:
    books = asking.desk.playbooks
    return {
        "jurisdictions": [_jurisdiction(books.playbook(name)) for name in books.jurisdictions],
        "problems": [
            {
                "id": problem.id,
                "name": both(problem.name),
                "urgent": together(problem.urgent),
                "evidence": [
                    {"text": both(item), "kinds": sorted(item.satisfied_by)} for item in problem.evidence
                ],
                "demands": list(problem.demands),
                "route": {
                    name: [step.id for step in books.playbook(name).route(problem.id)] for name in books.jurisdictions
                },
            }
            for problem in books.problems.values()
        ],
    }  # fmt: skip


def _jurisdiction(playbook: Playbook) -> Json:
    return {
        "id": playbook.jurisdiction,
        "name": both(playbook.name),
        "currency": playbook.currency,
        "timezone": playbook.timezone,
        "steps": [
            {"id": step.id, "name": both(step.name), "kind": step.kind, "filers": list(step.filers)}
            for step in playbook.steps
        ],
    }


def playbook(asking: Asking) -> Json:
    name = asking.needed("jurisdiction")
    books = asking.desk.playbooks
    if name not in books.jurisdictions:
        raise Refused("not-found")
    ladder: Json = _plain(books.playbook(name))
    ladder["sources"] = _plain(dict(books.sources))
    ladder["guidance"] = _plain(books.guidance)
    ladder["letters"] = _plain(dict(books.letters))
    ladder["demands"] = _plain(dict(books.demands))
    ladder["as_of"] = books.as_of
    return ladder


def _plain(value: Any) -> Any:
    """JSON values of the playbook's frozen values; private fields and the working calendar stay inside."""
    if is_dataclass(value):
        names = [field.name for field in fields(value) if not field.name.startswith("_")]
        parts = {name: getattr(value, name) for name in names}
        return {name: _plain(part) for name, part in parts.items() if not isinstance(part, WorkCalendar)}
    if isinstance(value, frozenset | set):
        return sorted(_plain(item) for item in value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def check_act(asking: Asking) -> Json:
    """What would be said before the act, and the last day its clock would have if it were done today."""
    act, by = asking.needed("act"), asking.text("by") or ("collective" if asking.standing.staff else "own")
    if act not in ACTS or by not in FILERS:
        raise Refused("invalid-choice", {"field": "act" if act not in ACTS else "by"})
    step = asking.text("step")
    if act != "join" and (step is None or step not in asking.playbook):
        raise Refused("step-unknown", {"step": step})
    subject = asking.standing.subject if by == "own" else None
    facts = facts_of(asking.rows, asking.campaign_id, subject)
    said = check(asking.playbook, asking.problem, cast(Act, act), step, cast(By, by), subject or COLLECTIVE, facts)
    at = None if step is None else asking.playbook.step(step)
    return {
        "refusal": said.refusal,
        "warnings": [shown(warning) for warning in said.warnings],
        "deadline": _deadline(asking, at) if at is not None and act == "file" else None,
    }


def shown(warning: Warning) -> Json:
    return {"topic": warning.topic, "text": both(warning.text)}


def _deadline(asking: Asking, step: Step) -> str | None:
    clock: Deadline | None = step.clock
    if clock is None or clock.number is None or not clock.starts_at_submission or clock.unit == "hour":
        return None
    return asking.playbook.calendar.last_day(asking.today, clock.number, clock.unit).day.isoformat()
