"""What the playbook has to say before an act: a refusal where an earlier step was not tried, and warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from services.campaign.playbooks.model import (
    ChecklistItem,
    Condition,
    Playbook,
    Problem,
    Requirement,
    Step,
    WarningRule,
    Words,
)

Act = Literal["file", "escalate", "join"]
By = Literal["collective", "own"]

COLLECTIVE: Final = "collective"
"""The filer of the campaign's filings; an organizer's contacts stand under it, too."""
PRECONDITION_MISSING: Final = "precondition-missing"
EARLIER_STEP_FIRST: Final = "earlier-step-first"
EVIDENCE_MISSING: Final = "evidence-missing"
CONSENT_MISSING: Final = "consent-missing"
ENDED: Final = frozenset({"answered", "lapsed", "closed"})


@dataclass(frozen=True, slots=True)
class Filed:
    """A filing as the rules see it; `states` holds every state it has been in, so that closing it loses nothing."""

    step: str
    filer: str
    states: frozenset[str]
    sent_on: date | None = None
    receipt_on: date | None = None

    @property
    def open(self) -> bool:
        return not self.states & ENDED


@dataclass(frozen=True, slots=True)
class Facts:
    """What has happened in a campaign, as far as the rules ask; the caller brings only what concerns the act.

    contacts   (step, who): a member's id, or COLLECTIVE for any organizer; for a collective act one of a step is enough
    filings    collective ones; for an own act the filer's, too, for a collective act any member's
    evidence   kinds submitted and not rejected: of any member for a collective act, of that member for an own one
    confirmed  number of confirmed members, for a collective act
    consents   step -> number of confirmed members who consented to the filing there, for a collective act
    """

    contacts: frozenset[tuple[str, str]] = frozenset()
    filings: tuple[Filed, ...] = ()
    evidence: frozenset[str] = frozenset()
    confirmed: int = 0
    consents: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Warning:
    """Something to show before the act and to record with it; `missing` names the open items of a checklist."""

    topic: str
    text: Words
    missing: tuple[ChecklistItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """`refusal` is a problem code or None; an override with a reason lets a refused filing pass."""

    refusal: str | None
    warnings: tuple[Warning, ...]

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(warning.topic for warning in self.warnings)


def check(
    playbook: Playbook,
    problem: Problem,
    act: Act,
    step: str | None,
    by: By,
    filer: str,
    facts: Facts,
) -> Check:
    """Whether an act may go on, and what to show before it.

    Only a filing is refused, and only for an earlier step not tried; an escalation is a decision and is warned.
    Raises KeyError for a step the playbook does not have.
    """
    at = playbook.step(step) if step is not None else None
    filer = COLLECTIVE if by == "collective" else filer
    untried = at is not None and not satisfied(at.requires, playbook, filer, facts)
    warnings = list(_shown(problem.warnings, act, by))
    if at is not None:
        if untried and at.requires is not None:
            warnings.append(Warning(EARLIER_STEP_FIRST, at.requires.text))
        warnings += _shown(at.warnings, act, by)
        if act == "file":
            warnings += _gaps(playbook, problem, at, by, facts)
    return Check(PRECONDITION_MISSING if untried and act == "file" else None, tuple(warnings))


def satisfied(requirement: Requirement | None, playbook: Playbook, filer: str, facts: Facts) -> bool:
    """A campaign may rely on whatever was tried in it; a member on their own acts and on the collective filings."""
    if requirement is None:
        return True
    return any(_met(condition, playbook, filer, facts) for condition in requirement.any_of)


def missing_evidence(problem: Problem, kinds: Iterable[str]) -> tuple[ChecklistItem, ...]:
    """The items of the checklist that no evidence of these kinds satisfies."""
    held = frozenset(kinds)
    return tuple(item for item in problem.evidence if not item.satisfied_by & held)


def _met(condition: Condition, playbook: Playbook, filer: str, facts: Facts) -> bool:
    if condition.kind == "contact_at":
        return any(step == condition.target and (filer == COLLECTIVE or who == filer) for step, who in facts.contacts)
    return any(
        _is_at(filed.step, condition, playbook)
        and (filer == COLLECTIVE or filed.filer in (filer, COLLECTIVE))
        and bool(filed.states & condition.states)
        for filed in facts.filings
    )


def _is_at(step: str, condition: Condition, playbook: Playbook) -> bool:
    if condition.kind == "filing_at":
        return step == condition.target
    return step in playbook and playbook.step(step).kind == condition.target


def _shown(rules: Iterable[WarningRule], act: Act, by: By) -> Iterator[Warning]:
    return (Warning(rule.topic, rule.text) for rule in rules if act in rule.acts and by in rule.by)


def _gaps(playbook: Playbook, problem: Problem, step: Step, by: By, facts: Facts) -> Iterator[Warning]:
    missing = missing_evidence(problem, facts.evidence)
    if missing:
        yield Warning(EVIDENCE_MISSING, playbook.notices[EVIDENCE_MISSING], missing)
    if by == "collective" and facts.consents.get(step.id, 0) < facts.confirmed:
        yield Warning(CONSENT_MISSING, playbook.notices[CONSENT_MISSING])
