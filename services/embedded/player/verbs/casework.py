"""Contacts and promises, filings and what comes of them."""

from __future__ import annotations

from services.embedded.player.world import COLLECTIVE, NOBODY, Outcome, Turn, some, topics


def contact(turn: Turn) -> Outcome:
    names = ("step", "channel", "agent", "staff_number", "said")
    answer = turn.world.act(turn.person, "POST", "/contacts", some(**{name: turn.given(name) for name in names}))
    turn.world.contacts[turn.person.handle, turn.given("step")] = answer.body["contact"]
    return Outcome()


def promise(turn: Turn) -> Outcome:
    """Made in the newest contact that the person logged at that step."""
    made = turn.world.contacts.get((turn.person.handle, turn.given("step")), NOBODY)
    body = {"until": turn.given("until").isoformat(), "what": turn.given("what")}
    turn.world.act(turn.person, "POST", f"/contacts/{made}/promises", body)
    return Outcome()


def file(turn: Turn) -> Outcome:
    """Its warnings are shown before, so also where the filing is refused."""
    world, step = turn.world, turn.given("step")
    by = turn.given("by") or ("collective" if turn.party == COLLECTIVE else "own")
    turn.shown.extend(world.warnings_before(turn.person, "file", step, by))
    body = some(step=step, by=by, statement=turn.given("statement"), override_reason=_override(turn))
    answer = world.act(turn.person, "POST", "/filings", body)
    filing = str(answer.body["filing"])
    world.filings[COLLECTIVE if by == "collective" else turn.person.handle, step] = filing
    world.latest_filing = (turn.person, filing)
    return Outcome(warnings=topics(answer), note=_due(answer.told("deadline")))


def receipt(turn: Turn) -> Outcome:
    answer = turn.world.act(turn.person, "POST", f"/filings/{_filing(turn)}/receipt", {"number": turn.given("number")})
    return Outcome(note=_due(answer.told("deadline")))


def respond(turn: Turn) -> Outcome:
    body = some(verdict=turn.given("verdict"), responder=turn.given("from"), text=turn.given("text"))
    turn.world.act(turn.person, "POST", f"/filings/{_filing(turn)}/responses", body)
    return Outcome()


def escalate(turn: Turn) -> Outcome:
    turn.shown.extend(turn.world.warnings_before(turn.person, "escalate", turn.given("to")))
    overridden = _override(turn)
    reason = None if turn.given("override") == "true" else turn.given("reason")
    body = some(step=turn.given("to"), reason=reason, override_reason=overridden)
    answer = turn.world.act(turn.person, "POST", "/escalations", body)
    return Outcome(warnings=topics(answer))


def _filing(turn: Turn) -> str:
    return turn.world.filings.get((turn.party, turn.given("step")), NOBODY)


def _override(turn: Turn) -> str | None:
    said: str | None = turn.given("override")
    return turn.given("reason") if said == "true" else said


def _due(deadline: str | None) -> str:
    return f"due {deadline}" if deadline else ""
