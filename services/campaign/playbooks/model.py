"""What a playbook says, as frozen values: words, facts with their sources, steps, deadlines, problem types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.campaign.playbooks.calendar import WorkCalendar


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in Chinese and in English."""

    zh: str
    en: str

    def in_(self, locale: str) -> str:
        return self.zh if locale.startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Fact(Words):
    """Words that claim something about the world: with the sources they were read in, or marked as not verified."""

    sources: tuple[str, ...]
    verified: bool


@dataclass(frozen=True, slots=True)
class Source:
    id: str
    title: str
    read_at: str
    kind: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """A time limit; without a number the law asks for speed but fixes no figure.

    `starts_from` is `receipt` (recorded), `sending` or `notice` (the filing was submitted), or `other`, which nothing
    in a filing shows. `binds` is `complainant` for limits one must keep oneself, else `body`.
    """

    name: Words
    number: int | None
    unit: str
    starts_from: str
    starts_text: Words | None
    clock: bool
    binds: str
    sources: tuple[str, ...]
    verified: bool

    @property
    def starts_at_receipt(self) -> bool:
        return self.starts_from == "receipt"

    @property
    def starts_at_submission(self) -> bool:
        return self.starts_from in ("sending", "notice")


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that satisfies a requirement; kind: `contact_at` or `filing_at` a step, `filing_at_kind` of step."""

    kind: str
    target: str
    states: frozenset[str]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What must have been tried before; a filing without it is refused unless overridden with a reason."""

    any_of: tuple[Condition, ...]
    text: Fact


@dataclass(frozen=True, slots=True)
class WarningRule:
    """A warning shown at the acts and to the filers named here."""

    topic: str
    acts: frozenset[str]
    by: frozenset[str]
    text: Fact


@dataclass(frozen=True, slots=True)
class Step:
    seq: int
    id: str
    name: Words
    kind: str
    who: tuple[Fact, ...]
    contact: tuple[Fact, ...]
    preconditions: tuple[Fact, ...]
    requires: Requirement | None
    deadlines: tuple[Deadline, ...]
    law: tuple[Fact, ...]
    evidence_demanded: tuple[Fact, ...]
    outcome: tuple[Fact, ...]
    note: tuple[Fact, ...]
    letter: str | None
    warnings: tuple[WarningRule, ...]
    filers: tuple[str, ...]
    provider_kinds: tuple[str, ...]
    counterpart: str | None

    @property
    def clock(self) -> Deadline | None:
        """The one deadline a timer watches; None where no number is fixed or its start cannot be seen."""
        return next((deadline for deadline in self.deadlines if deadline.clock), None)

    def suits(self, provider_kind: str) -> bool:
        """No provider kinds listed means every kind."""
        return not self.provider_kinds or provider_kind in self.provider_kinds


@dataclass(frozen=True, slots=True)
class Note:
    """A titled group of facts around the ladder: counting, sequencing, legal risk, evidence law, corrections."""

    id: str
    topic: str
    title: Words
    statements: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """A number or address where a body is reached."""

    value: str
    sources: tuple[str, ...]
    verified: bool


@dataclass(frozen=True, slots=True)
class Hotline:
    name: Words
    reach: tuple[Reach, ...]


@dataclass(frozen=True, slots=True)
class ChecklistItem(Fact):
    """One thing to prove, and the kinds of evidence any of which satisfies it."""

    satisfied_by: frozenset[str]


@dataclass(frozen=True, slots=True)
class UrgentStep(Fact):
    """Something to do at once; `safety_step` names it where a member can record that it was done."""

    safety_step: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """A kind of problem, the same in every jurisdiction."""

    id: str
    name: Words
    evidence: tuple[ChecklistItem, ...]
    urgent: tuple[UrgentStep, ...]
    demands: tuple[str, ...]
    warnings: tuple[WarningRule, ...]


@dataclass(frozen=True, slots=True)
class LocalProblem:
    """How one jurisdiction takes up a problem: the order of steps, and urgent steps of its own."""

    route: tuple[str, ...]
    urgent: tuple[UrgentStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Playbook:
    jurisdiction: str
    name: Words
    currency: str
    timezone: str
    calendar: WorkCalendar
    steps: tuple[Step, ...]
    facts: tuple[Note, ...]
    hotlines: tuple[Hotline, ...]
    default_route: tuple[str, ...]
    local: Mapping[str, LocalProblem]
    notices: Mapping[str, Words]
    _by_id: Mapping[str, Step] = field(repr=False, compare=False)

    def step(self, step_id: str) -> Step:
        """Raises KeyError when this playbook has no such step."""
        return self._by_id[step_id]

    def __contains__(self, step_id: str) -> bool:
        return step_id in self._by_id

    def route(self, problem_id: str, provider_kind: str | None = None) -> tuple[Step, ...]:
        """The steps for a problem, in order; for a kind of provider, its own steps instead of another kind's."""
        local = self.local.get(problem_id)
        steps = [self.step(step_id) for step_id in (local.route if local else self.default_route)]
        if provider_kind is not None:
            steps = [suited for step in steps if (suited := self._suited(step, provider_kind)) is not None]
        return tuple({step.id: step for step in steps}.values())

    def urgent(self, problem: Problem) -> tuple[UrgentStep, ...]:
        """What to do at once: the steps common to all jurisdictions, then those of this one."""
        return problem.urgent + (self.local[problem.id].urgent if problem.id in self.local else ())

    def _suited(self, step: Step, provider_kind: str) -> Step | None:
        if step.suits(provider_kind):
            return step
        other = self._by_id.get(step.counterpart or "")
        return other if other is not None and other.suits(provider_kind) else None


@dataclass(frozen=True, slots=True)
class Playbooks:
    """All playbooks, and what they share."""

    by_jurisdiction: Mapping[str, Playbook]
    problems: Mapping[str, Problem]
    demands: Mapping[str, Words]
    notices: Mapping[str, Words]
    guidance: tuple[Note, ...]
    letters: Mapping[str, Words]
    sources: Mapping[str, Source]
    as_of: str

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        return tuple(self.by_jurisdiction)

    def playbook(self, jurisdiction: str) -> Playbook:
        """Raises KeyError when there is no such playbook."""
        return self.by_jurisdiction[jurisdiction]

    def problem(self, problem_id: str) -> Problem:
        """Raises KeyError when there is no such problem type."""
        return self.problems[problem_id]

    def letter(self, letter_id: str) -> Words:
        """Raises KeyError when there is no such template."""
        return self.letters[letter_id]
