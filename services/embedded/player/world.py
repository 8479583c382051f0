"""What a play knows so far: the campaign, and the ids of what people made, by the names a scenario gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from services.embedded.player.door import Answer, Call, Door
from services.embedded.player.people import People
from services.embedded.player.scenario import Person, Scenario, Step

NOBODY: Final = "00000000-0000-4000-8000-000000000000"
"""Stands for what was never made, so that the server says what it says of a missing thing."""
COLLECTIVE: Final = "collective"


class Refusal(Exception):
    """The server said no to an act."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.code)
        self.answer = answer

    @property
    def code(self) -> str:
        return self.answer.code

    @property
    def told(self) -> str:
        """The code with what the server says beside it."""
        errors = self.answer.told("errors") or []
        fields = [f"{e.get('field') or e.get('pointer')}: {e.get('code')}" for e in errors if isinstance(e, dict)]
        return " ".join([self.code, *([f"({', '.join(fields)})"] if fields else [])])


class Unplayable(Exception):
    """The act could not even be tried, for example because no link was mailed."""


@dataclass(frozen=True)
class Outcome:
    """What an act showed: warnings, a document of that moment, whether an offline check was well, a word for people."""

    warnings: Sequence[str] = ()
    progress: dict[str, Any] | None = None
    verified: bool | None = None
    note: str = ""


@dataclass
class World:
    scenario: Scenario
    door: Door
    people: People
    campaign: str = NOBODY
    demands: list[dict[str, Any]] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    ballot: str = NOBODY
    subjects: dict[str, str] = field(default_factory=dict)
    evidence: dict[tuple[str, str], str] = field(default_factory=dict)
    contacts: dict[tuple[str, str], str] = field(default_factory=dict)
    filings: dict[tuple[str, str], str] = field(default_factory=dict)
    materials: dict[str, tuple[str, str]] = field(default_factory=dict)
    latest_filing: tuple[Person, str] | None = None

    def act(self, who: Person, method: str, path: str, body: Any = None, **more: Any) -> Answer:
        """A request about the campaign; raises Refusal."""
        return accepted(self.people.call(who, method, self.at(path), body, **more))

    def anyone(self, method: str, path: str, body: Any = None, locale: str = "zh-CN") -> Answer:
        """Without being signed in; raises Refusal."""
        return accepted(self.door.call(Call(method, path, body, locale=locale)))

    def at(self, path: str) -> str:
        return f"/campaigns/{self.campaign}{path}"

    def organizer(self) -> Person | None:
        return next((person for person in self.scenario.people.values() if person.role == "organizer"), None)

    def warnings_before(self, who: Person, act: str, step: str, by: str | None = None) -> list[str]:
        """What the server says before an act; nothing where one may not ask."""
        query = {"act": act, "step": step} | ({"by": by} if by else {})
        return topics(self.people.call(who, "GET", self.at("/check"), query=query))


@dataclass(frozen=True)
class Turn:
    """One person's turn in a step; `who` is None for the public. `shown`: warnings that came before the act."""

    world: World
    step: Step
    who: Person | None
    shown: list[str] = field(default_factory=list)

    @property
    def person(self) -> Person:
        if self.who is None:
            raise Unplayable("this needs a person")
        return self.who

    def given(self, name: str, default: Any = None) -> Any:
        return self.step.arguments.get(name, default)

    @property
    def party(self) -> str:
        """Whose contacts and filings are meant: the organizers' collective ones, or a member's own."""
        return COLLECTIVE if self.person.role == "organizer" else self.person.handle


def topics(answer: Answer) -> list[str]:
    found = answer.told("warnings") or []
    return [str(w["topic"] if isinstance(w, dict) else w) for w in found]


def some(**values: Any) -> dict[str, Any]:
    """Only what was given."""
    return {name: value for name, value in values.items() if value is not None}


def accepted(answer: Answer) -> Answer:
    """Raises Refusal where the server said no."""
    if not answer.ok:
        raise Refusal(answer)
    return answer
