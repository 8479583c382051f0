"""What a member says and decides."""

from __future__ import annotations

from services.embedded.player.world import Outcome, Turn, some


def safety(turn: Turn) -> Outcome:
    turn.world.act(turn.person, "POST", "/me/safety-steps", {"taken": turn.given("taken")})
    return Outcome()


def claim(turn: Turn) -> Outcome:
    names = ("what", "remedy", "amount", "currency", "reference", "details", "private")
    body = some(**{name: turn.given(name) for name in names}, happened=turn.given("happened").isoformat())
    turn.world.act(turn.person, "PUT", "/me/claim", body)
    return Outcome()


def consent(turn: Turn) -> Outcome:
    """To the demands, or to the filing at a step, which may stand in `to` itself."""
    to = turn.given("to")
    body = {"to": to} if to in ("demands", "contact") else {"to": "filing", "step": turn.given("step") or to}
    turn.world.act(turn.person, "POST", "/me/consents", body)
    return Outcome()


def vote(turn: Turn) -> Outcome:
    """By the words of an option of the newest ballot, or by its place."""
    options, said = turn.world.options, turn.given("option")
    if said in options:
        place = options.index(said) + 1
    else:
        place = int(said) if said.isascii() and said.isdecimal() and len(said) < 3 else len(options) + 1
    turn.world.act(turn.person, "POST", f"/ballots/{turn.world.ballot}/votes", {"option": place})
    return Outcome()


def rate(turn: Turn) -> Outcome:
    turn.world.act(turn.person, "PUT", "/me/rating", some(satisfied=turn.given("satisfied"), text=turn.given("text")))
    return Outcome()


def share(turn: Turn) -> Outcome:
    turn.world.act(turn.person, "POST", "/experiences", {"text": turn.given("text")})
    return Outcome()
