"""What an organizer does with the campaign itself."""

from __future__ import annotations

from services.embedded.player.world import Outcome, Turn, accepted, some


def launch(turn: Turn) -> Outcome:
    """Starts the campaign; the other organizers of the scenario are invited and accept."""
    world, scenario = turn.world, turn.world.scenario
    body = {
        "jurisdiction": scenario.jurisdiction,
        "timezone": scenario.zone.key,
        "organizer_name": turn.person.name,
        "locale": turn.person.locale,
        **turn.step.arguments,
    }
    answer = accepted(world.people.call(turn.person, "POST", "/campaigns", body))
    world.campaign = answer.body["campaign"]
    world.demands = turn.given("demands")
    for other in scenario.people.values():
        if other.role == "organizer" and other is not turn.person:
            world.act(turn.person, "POST", "/organizers", {"email": other.email, "locale": other.locale})
            world.act(other, "POST", "/organizers/accept", {"name": other.name})
    return Outcome(note=f"{world.door.url}/c/{world.campaign}")


def publish(turn: Turn) -> Outcome:
    turn.world.act(turn.person, "POST", "/publish")
    return Outcome()


def update(turn: Turn) -> Outcome:
    turn.world.act(turn.person, "POST", "/updates", {"title": turn.given("title"), "body": turn.given("body")})
    return Outcome()


def revise_demands(turn: Turn) -> Outcome:
    answer = turn.world.act(turn.person, "PUT", "/demands", {"demands": turn.given("demands")})
    turn.world.demands = turn.given("demands")
    return Outcome(note=f"version {answer.told('demand_version')}")


def ballot(turn: Turn) -> Outcome:
    body = {
        "question": turn.given("question"),
        "options": turn.given("options"),
        "until": turn.given("until").isoformat(),
    }
    answer = turn.world.act(turn.person, "POST", "/ballots", body)
    turn.world.ballot, turn.world.options = answer.body["ballot"], turn.given("options")
    return Outcome()


def close_ballot(turn: Turn) -> Outcome:
    turn.world.act(turn.person, "POST", f"/ballots/{turn.world.ballot}/close")
    return Outcome()


def outcome(turn: Turn) -> Outcome:
    body = some(
        demands=turn.given("demands"), offered=turn.given("offered"), paid=turn.given("paid"), note=turn.given("note")
    )
    turn.world.act(turn.person, "POST", "/outcome", body)
    return Outcome()


def close(turn: Turn) -> Outcome:
    answer = turn.world.act(turn.person, "POST", "/close")
    return Outcome(note=str(answer.told("state") or ""))
