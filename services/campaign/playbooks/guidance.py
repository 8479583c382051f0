"""What an organizer could do next: the steps of a route, how far each has come, and its time limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from services.campaign.playbooks.model import Deadline, Playbook, Problem, Step, Words
from services.campaign.playbooks.rules import COLLECTIVE, Facts, Filed, Warning, check, satisfied

State = Literal["done", "open", "available", "blocked"]


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A deadline of a step; with its last day once the event that starts it has happened."""

    deadline: Deadline
    last_day: date | None
    estimated: bool
    passed: bool


@dataclass(frozen=True, slots=True)
class Advice:
    """One step of the route; `reason` says why it is blocked, `warnings` what filing now would show."""

    step: Step
    state: State
    next: bool
    reason: Words | None
    warnings: tuple[Warning, ...]
    limits: tuple[TimeLimit, ...]


def guidance(
    playbook: Playbook, problem: Problem, facts: Facts, today: date, provider_kind: str | None = None
) -> tuple[Advice, ...]:
    """The route of a problem; the first available step is the next one, unless an answer is still awaited."""
    route = [_advice(playbook, problem, step, facts, today) for step in playbook.route(problem.id, provider_kind)]
    if any(advice.state == "open" for advice in route):
        return tuple(route)
    first = next((advice for advice in route if advice.state == "available"), None)
    return tuple(replace(advice, next=advice is first) for advice in route)


def _advice(playbook: Playbook, problem: Problem, step: Step, facts: Facts, today: date) -> Advice:
    filed = [filing for filing in facts.filings if filing.step == step.id and filing.filer == COLLECTIVE]
    state = _state(playbook, step, filed, facts)
    awaited = next((filing for filing in filed if filing.open), None)
    ahead = state in ("available", "blocked")
    by: Literal["collective", "own"] = "collective" if "collective" in step.filers else "own"
    return Advice(
        step=step,
        state=state,
        next=False,
        reason=step.requires.text if state == "blocked" and step.requires else None,
        warnings=check(playbook, problem, "file", step.id, by, COLLECTIVE, facts).warnings if ahead else (),
        limits=tuple(_limit(playbook, deadline, awaited, today) for deadline in step.deadlines),
    )


def _state(playbook: Playbook, step: Step, filed: list[Filed], facts: Facts) -> State:
    if any(filing.open for filing in filed):
        return "open"
    if filed or any(at == step.id for at, _ in facts.contacts):
        return "done"
    return "available" if satisfied(step.requires, playbook, COLLECTIVE, facts) else "blocked"


def _limit(playbook: Playbook, deadline: Deadline, filing: Filed | None, today: date) -> TimeLimit:
    start = _start(deadline, filing)
    if start is None or deadline.number is None or deadline.unit == "hour":
        return TimeLimit(deadline, None, estimated=False, passed=False)
    last = playbook.calendar.last_day(start, deadline.number, deadline.unit)
    return TimeLimit(deadline, last.day, last.estimated, passed=today > last.day)


def _start(deadline: Deadline, filing: Filed | None) -> date | None:
    if filing is None:
        return None
    if deadline.starts_at_receipt:
        return filing.receipt_on
    return filing.sent_on if deadline.starts_at_submission else None
