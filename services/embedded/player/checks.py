"""Looks at what a step expects, once all that follows from it has settled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from services.embedded.player.door import Call
from services.embedded.player.expectation import Expectations
from services.embedded.player.world import Outcome, World


@dataclass(frozen=True)
class Check:
    """One expectation with what was found; `expected` and `found` are words for people."""

    what: str
    ok: bool
    expected: str
    found: str


@dataclass(frozen=True)
class Sight:
    """What there is to look at: the world, what the act showed, and after which message the play began."""

    world: World
    outcome: Outcome
    after: str | None

    def progress(self) -> dict[str, Any]:
        answer = self.world.door.call(Call("GET", self.world.at("/progress")))
        return answer.body if answer.ok and isinstance(answer.body, dict) else {}


def look(expect: Expectations, sight: Sight) -> Iterator[Check]:
    if expect.progress:
        yield from _progress(expect, sight)
    if expect.mail:
        yield from _mail(expect, sight)
    for what, state in expect.state.items():
        yield _compared(f"state.{what}", state, _campaign_state(sight) if what == "campaign" else _filing_state(sight))
    for topic in expect.warns:
        shown = list(sight.outcome.warnings)
        yield Check("warns", topic in shown, topic, ", ".join(shown) or "no warning")
    if expect.feed is not None:
        yield _compared("feed", str(expect.feed), str(_entries(sight)))
    if expect.verify:
        yield Check("verify", sight.outcome.verified is True, "ok", sight.outcome.note)


def _progress(expect: Expectations, sight: Sight) -> Iterator[Check]:
    document = sight.outcome.progress if sight.outcome.progress is not None else sight.progress()
    for name, wanted in expect.progress.items():
        yield _compared(f"progress.{name}", wanted, _plain(document.get(name)))


def _mail(expect: Expectations, sight: Sight) -> Iterator[Check]:
    """Counted over every address that a person has used."""
    world = sight.world
    messages = world.door.mail(brief="1", **({"after": sight.after} if sight.after else {}))
    for handle, kind, wanted in expect.mail:
        addresses = world.people.addresses_of(world.scenario.people[handle]) if handle else None
        found = sum(
            mail["kind"] == kind and (addresses is None or str(mail["to"]).casefold() in addresses) for mail in messages
        )
        yield _compared(f"mail.{handle}.{kind}" if handle else f"mail.{kind}", str(wanted), str(found))


def _campaign_state(sight: Sight) -> str:
    """From the public numbers; of a draft, which has none, from what its organizer sees."""
    public = sight.progress().get("state")
    organizer = sight.world.organizer()
    if public is not None or organizer is None:
        return str(public)
    console = sight.world.people.call(organizer, "GET", sight.world.at("/console"))
    return str(console.told("state") or console.code)


def _filing_state(sight: Sight) -> str:
    latest = sight.world.latest_filing
    if latest is None:
        return "no filing"
    who, filing = latest
    answer = sight.world.people.call(who, "GET", sight.world.at("/filings"))
    rows = answer.body if isinstance(answer.body, list) else []
    return next((str(row["state"]) for row in rows if row["filing"] == filing), "no such filing")


def _entries(sight: Sight) -> int:
    """Public entries, counted page by page."""
    number = 0
    while True:
        query = {"after": str(number), "limit": "200"}
        answer = sight.world.door.call(Call("GET", sight.world.at("/entries"), query=query))
        items = answer.told("items") or []
        if not items:
            return number
        number += len(items)


def _compared(what: str, expected: Any, found: Any) -> Check:
    return Check(what, expected == found, _shown(expected), _shown(found))


def _plain(value: Any) -> Any:
    """As the scenario's own values are read: scalars as text."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
