"""Plays a scenario: the clock is set before each step, all that follows settles after it, then expectations count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.embedded.player.checks import Check, Sight, look
from services.embedded.player.door import Door
from services.embedded.player.people import NotSignedIn, People
from services.embedded.player.scenario import Person, Scenario, Step
from services.embedded.player.verbs import TABLE, UNSIGNED
from services.embedded.player.world import Outcome, Refusal, Turn, Unplayable, World

LEAD: Final = timedelta(minutes=1)
"""The clock starts this long before the first step, so that its people can sign in before it."""


@dataclass(frozen=True)
class Played:
    """One step as it went, to be shown; what was expected of it stands in `checks`."""

    number: int
    step: Step
    note: str
    checks: tuple[Check, ...]

    @property
    def failed(self) -> int:
        return sum(not check.ok for check in self.checks)


@dataclass
class Result:
    campaign: str
    progress: dict[str, Any]
    mails: int
    passed: int = 0
    failed: int = 0
    steps: list[Played] = field(default_factory=list)


def starts_at(scenario: Scenario) -> datetime:
    return scenario.steps[0].at - LEAD


def play(scenario: Scenario, door: Door, show: Callable[[Played], None]) -> Result:
    """Raises DoorShut when the server cannot be played on."""
    now = door.now()
    world = World(scenario, door, People(door, now))
    if now < starts_at(scenario):
        _clock(world, starts_at(scenario))
    earlier = door.mail(brief="1")
    after = earlier[-1]["id"] if earlier else None
    result = Result(campaign="", progress={}, mails=0)
    for number, step in enumerate(scenario.steps, 1):
        played = _play_step(world, number, step, after)
        result.steps.append(played)
        result.failed += played.failed
        result.passed += len(played.checks) - played.failed
        show(played)
    result.campaign = world.campaign
    result.progress = Sight(world, Outcome(), after).progress()
    result.mails = len(door.mail(brief="1", **({"after": after} if after else {})))
    return result


def _play_step(world: World, number: int, step: Step, after: str | None) -> Played:
    people = [world.scenario.people[handle] for handle in step.who]
    checks: list[Check] = []
    try:
        if step.verb not in UNSIGNED:
            _sign_in_before(world, people, step.at)
        _clock(world, step.at)
    except NotSignedIn as failure:
        checks.append(Check(step.verb, False, "to be signed in", str(failure)))
        _clock(world, step.at)
    outcome = Outcome()
    turns: list[Person | None] = [*people] or [None]
    for person in turns:
        outcome = _act(Turn(world, step, person), outcome, checks)
    world.door.settle()
    checks.extend(look(step.expect, Sight(world, outcome, after)))
    return Played(number, step, outcome.note, tuple(checks))


def _sign_in_before(world: World, people: list[Person], at: datetime) -> None:
    """Signs in a moment before the step, for what is due at its very time comes after it."""
    missing = [person for person in people if not world.people.ready(person, at)]
    if not missing:
        return
    just_before = at - timedelta(seconds=1)
    if world.people.now < just_before:
        _clock(world, just_before)
        world.door.settle()
    for person in missing:
        world.people.sign_in(person)


def _clock(world: World, to: datetime) -> None:
    world.door.set_clock(to)
    world.people.now = to.astimezone(UTC)


def _act(turn: Turn, so_far: Outcome, checks: list[Check]) -> Outcome:
    """One person's turn. A refusal is compared with the one expected; an act that should have been refused failed."""
    step = turn.step
    what = f"{step.verb} by {turn.who.handle}" if turn.who else step.verb
    found, note, outcome = "accepted", "", Outcome()
    try:
        outcome = TABLE[step.verb](turn)
        note = outcome.note
    except Refusal as refusal:
        found, note = refusal.code, f"refused: {refusal.told}"
    except (Unplayable, NotSignedIn) as failure:
        found, note = str(failure), str(failure)
    if step.refused is not None:
        checks.append(Check(what, found == step.refused, f"refused: {step.refused}", found))
    elif found != "accepted":
        checks.append(Check(what, False, "accepted", note))
    warnings = list(dict.fromkeys([*so_far.warnings, *turn.shown, *outcome.warnings]))
    notes = "; ".join(dict.fromkeys(part for part in (so_far.note, note) if part))
    return replace(outcome, warnings=warnings, note=notes)
