"""What a schema cannot say about playbooks: ids used once and known, one clock a step, letters that can be filled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from string import Formatter
from typing import Any
from zoneinfo import ZoneInfo

from services.campaign.playbooks.model import Playbook, Playbooks, Step, Words
from services.campaign.playbooks.read import PlaybookError

LETTER_FIELDS = frozenset({"provider", "problem", "facts", "demands", "evidence", "contact", "step", "earlier", "date"})
NOTICES = ("earlier-step-first", "evidence-missing", "consent-missing")


def check_playbook(file: str, playbook: Playbook, shared: Playbooks) -> None:
    """Raises PlaybookError at the first thing that does not hold together."""
    for place, expected in _faults(playbook, shared):
        raise PlaybookError(file, place, expected)


def check_shared(file: str, shared: Playbooks) -> None:
    """The same for what all playbooks share."""
    for place, expected in _shared_faults(shared):
        raise PlaybookError(file, place, expected)


def _faults(playbook: Playbook, shared: Playbooks) -> Iterator[tuple[str, str]]:
    yield from _twice("steps", (step.id for step in playbook.steps))
    yield from _twice("steps.seq", (str(step.seq) for step in playbook.steps))
    yield from _twice("facts", (note.id for note in playbook.facts))
    yield from _calendar_faults(playbook)
    for step in playbook.steps:
        yield from _step_faults(step, playbook, shared)
    yield from _unknown("default_route", playbook.default_route, playbook)
    for problem_id, local in playbook.local.items():
        if problem_id not in shared.problems:
            yield f"problems.{problem_id}", f"expected one of {', '.join(shared.problems)}"
        yield from _unknown(f"problems.{problem_id}.route", local.route, playbook)
    yield from _unknown_sources("", playbook, shared.sources)


def _step_faults(step: Step, playbook: Playbook, shared: Playbooks) -> Iterator[tuple[str, str]]:
    place = f"steps[{step.id}]"
    clocks = [deadline for deadline in step.deadlines if deadline.clock]
    if len(clocks) > 1:
        yield f"{place}.deadlines", "expected at most one deadline with clock: true"
    for deadline in clocks:
        if deadline.number is None or deadline.starts_from == "other":
            yield f"{place}.deadlines", "expected a clock to have a number and to start from receipt, sending or notice"
    if step.letter is not None and step.letter not in shared.letters:
        yield f"{place}.letter", f"expected one of {', '.join(shared.letters)}; found {step.letter!r}"
    if step.counterpart is not None:
        yield from _unknown(f"{place}.counterpart", [step.counterpart], playbook)
    for condition in step.requires.any_of if step.requires else ():
        if condition.kind != "filing_at_kind":
            yield from _unknown(f"{place}.requires.{condition.kind}", [condition.target], playbook)


def _calendar_faults(playbook: Playbook) -> Iterator[tuple[str, str]]:
    try:
        ZoneInfo(playbook.timezone)
    except (ValueError, OSError, KeyError):
        yield "timezone", f"expected an IANA zone; found {playbook.timezone!r}"
    calendar = playbook.calendar
    try:
        calendar.is_working_day(date(2026, 1, 1))
    except NotImplementedError:
        region = " ".join(filter(None, (calendar.country, calendar.subdivision)))
        yield "calendar", f"expected a country (and a part of it) whose holidays are known; found {region!r}"


def _shared_faults(shared: Playbooks) -> Iterator[tuple[str, str]]:
    for notice in NOTICES:
        if notice not in shared.notices:
            yield f"notices.{notice}", "expected its words in zh and en"
    for problem in shared.problems.values():
        for demand in problem.demands:
            if demand not in shared.demands:
                yield (
                    f"problems[{problem.id}].demands",
                    f"expected one of {', '.join(shared.demands)}; found {demand!r}",
                )
    for name, letter in shared.letters.items():
        for language in ("zh", "en"):
            for unknown in sorted(_placeholders(getattr(letter, language)) - LETTER_FIELDS):
                yield f"letters.{name}.{language}", f"expected {', '.join(sorted(LETTER_FIELDS))}; found {unknown!r}"
    yield from _unknown_sources("problems", shared.problems, shared.sources)
    yield from _unknown_sources("guidance", shared.guidance, shared.sources)


def _placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def _twice(place: str, ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    for each, times in Counter(ids).items():
        if times > 1:
            yield place, f"expected each once; found {each!r} {times} times"


def _unknown(place: str, ids: Iterable[str], playbook: Playbook) -> Iterator[tuple[str, str]]:
    for each in ids:
        if each not in playbook:
            yield place, f"expected the id of a step of this playbook; found {each!r}"


def _unknown_sources(place: str, value: Any, known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Walks through all values and looks up every source that is named."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _unknown_sources(f"{place}[{key}]", each, known)
    elif isinstance(value, tuple):
        for index, each in enumerate(value):
            yield from _unknown_sources(f"{place}[{getattr(each, 'id', index)}]", each, known)
    elif is_dataclass(value) and type(value) is not Words:
        for each_source in getattr(value, "sources", ()):
            if each_source not in known:
                yield place.lstrip("."), f"expected a source of sources.yaml; found {each_source!r}"
        for each_field in fields(value):
            if each_field.name not in ("sources", "_by_id", "calendar"):
                yield from _unknown_sources(f"{place}.{each_field.name}", getattr(value, each_field.name), known)
