"""From what a file says to frozen values; the schema has already made sure of the shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.campaign.playbooks.calendar import WorkCalendar
from services.campaign.playbooks.model import (
    ChecklistItem,
    Condition,
    Deadline,
    Fact,
    Hotline,
    LocalProblem,
    Note,
    Playbook,
    Problem,
    Reach,
    Requirement,
    Source,
    Step,
    UrgentStep,
    WarningRule,
    Words,
)

Raw = Mapping[str, Any]


def words(raw: Raw) -> Words:
    return Words(raw["zh"].strip(), raw["en"].strip())


def named_words(raw: Raw | None) -> dict[str, Words]:
    return {name: words(text) for name, text in (raw or {}).items()}


def _mark(raw: Raw) -> tuple[tuple[str, ...], bool]:
    """Sources, and whether the fact counts as verified: it does when it has sources and does not say otherwise."""
    return tuple(raw.get("sources", ())), raw.get("verified", "sources" in raw)


def fact(raw: Raw) -> Fact:
    return Fact(raw["zh"], raw["en"], *_mark(raw))


def _facts(raw: Iterable[Raw] | None) -> tuple[Fact, ...]:
    return tuple(map(fact, raw or ()))


def source(source_id: str, raw: Raw) -> Source:
    return Source(source_id, raw["title"], raw["read_at"], raw["kind"])


def note(raw: Raw) -> Note:
    return Note(raw["id"], raw.get("topic", "guidance"), words(raw["title"]), _facts(raw["statements"]))


def _deadline(raw: Raw) -> Deadline:
    text = raw.get("starts_text")
    return Deadline(
        words(raw["name"]),
        raw.get("number"),
        raw["unit"],
        raw["starts_from"],
        words(text) if text else None,
        raw.get("clock", False),
        raw.get("binds", "body"),
        *_mark(raw),
    )


def _condition(raw: Raw) -> Condition:
    kind = next(key for key in raw if key != "states")
    return Condition(kind, raw[kind], frozenset(raw.get("states", ())))


def _requirement(raw: Raw | None) -> Requirement | None:
    return None if raw is None else Requirement(tuple(map(_condition, raw["any_of"])), fact(raw["text"]))


def _warning(raw: Raw) -> WarningRule:
    when = raw["when"]
    return WarningRule(raw["topic"], frozenset(when["acts"]), frozenset(when["by"]), fact(raw["text"]))


def step(raw: Raw) -> Step:
    return Step(
        seq=raw["seq"],
        id=raw["id"],
        name=words(raw["name"]),
        kind=raw["kind"],
        who=_facts(raw["who"]),
        contact=_facts(raw["contact"]),
        preconditions=_facts(raw.get("preconditions")),
        requires=_requirement(raw.get("requires")),
        deadlines=tuple(map(_deadline, raw["deadlines"])),
        law=_facts(raw["law"]),
        evidence_demanded=_facts(raw.get("evidence_demanded")),
        outcome=_facts(raw["outcome"]),
        note=_facts(raw.get("note")),
        letter=raw.get("letter"),
        warnings=tuple(map(_warning, raw.get("warnings", ()))),
        filers=tuple(raw["filers"]),
        provider_kinds=tuple(raw.get("provider_kinds", ())),
        counterpart=raw.get("counterpart"),
    )


def _urgent(raw: Raw) -> UrgentStep:
    return UrgentStep(raw["zh"], raw["en"], *_mark(raw), safety_step=raw.get("safety_step"))


def _item(raw: Raw) -> ChecklistItem:
    return ChecklistItem(raw["zh"], raw["en"], *_mark(raw), satisfied_by=frozenset(raw["satisfied_by"]))


def problem(raw: Raw) -> Problem:
    return Problem(
        raw["id"],
        words(raw["name"]),
        tuple(map(_item, raw["evidence"])),
        tuple(map(_urgent, raw["urgent"])),
        tuple(raw["demands"]),
        tuple(map(_warning, raw.get("warnings", ()))),
    )


def _hotline(raw: Raw) -> Hotline:
    return Hotline(words(raw["name"]), tuple(Reach(at["value"], *_mark(at)) for at in raw["reach"]))


def playbook(raw: Raw, notices: Mapping[str, Words]) -> Playbook:
    steps = tuple(sorted(map(step, raw["steps"]), key=lambda each: each.seq))
    local = {
        problem_id: LocalProblem(tuple(each["route"]), tuple(map(_urgent, each.get("urgent", ()))))
        for problem_id, each in raw.get("problems", {}).items()
    }
    return Playbook(
        jurisdiction=raw["jurisdiction"],
        name=words(raw["name"]),
        currency=raw["currency"],
        timezone=raw["timezone"],
        calendar=WorkCalendar(**raw["calendar"]),
        steps=steps,
        facts=tuple(map(note, raw.get("facts", ()))),
        hotlines=tuple(map(_hotline, raw.get("hotlines", ()))),
        default_route=tuple(raw["default_route"]),
        local=local,
        notices=notices,
        _by_id={each.id: each for each in steps},
    )
