"""Many members at once: each joins, confirms by the link of the own mail, and states a claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from services.embedded.player.door import CONNECTIONS, Call
from services.embedded.player.people import token_of
from services.embedded.player.world import Outcome, Refusal, Turn, Unplayable, some

AT_ONCE: Final = CONNECTIONS // 2
_T = TypeVar("_T")
_R = TypeVar("_R")


def crowd(turn: Turn) -> Outcome:
    world, prefix, count = turn.world, turn.given("prefix"), turn.given("count")
    addresses = [f"{prefix}-{n}@example.org" for n in range(1, count + 1)]
    before = world.door.mail(brief="1", kind="confirmation")
    at_once(lambda email: _join(turn, email), addresses)
    world.door.settle()
    mails = world.door.mail(kind="confirmation", **({"after": before[-1]["id"]} if before else {}))
    tokens = {str(mail["to"]).casefold(): token_of(mail, "confirm") for mail in mails}
    if missing := [email for email in addresses if not tokens.get(email.casefold())]:
        raise Unplayable(f"no confirmation link was mailed to {missing[0]} ({len(missing)} of {count})")
    sessions = at_once(lambda email: _confirm(turn, str(tokens[email.casefold()])), addresses)
    at_once(lambda pair: _claim(turn, *pair), list(enumerate(sessions)))
    return Outcome(note=f"{count} members")


def at_once(work: Callable[[_T], _R], things: Iterable[_T]) -> list[_R]:
    """Several at a time, in their order as far as that goes."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(work, things))


def _join(turn: Turn, email: str) -> None:
    name = email.partition("@")[0]
    body = {"email": email, "name": name, "locale": "zh-CN", "consent": True}
    turn.world.anyone("POST", turn.world.at("/members"), body)


def _confirm(turn: Turn, token: str) -> str:
    return str(turn.world.anyone("POST", "/confirmations", {"token": token}).body["session"])


def _claim(turn: Turn, place: int, session: str) -> None:
    """What the step does not say: it happened at the step's time, and the remedy is the first demand's."""
    amounts = turn.given("amounts")
    demands = turn.world.demands
    body: dict[str, Any] = some(
        what=turn.given("what"),
        happened=(turn.given("happened") or turn.step.at).isoformat(),
        remedy=turn.given("remedy") or (demands[0]["kind"] if demands else "refund"),
        amount=amounts[place % len(amounts)] if amounts else None,
        currency=turn.given("currency"),
    )
    answer = turn.world.door.call(Call("PUT", turn.world.at("/me/claim"), body, session=session))
    if not answer.ok:
        raise Refusal(answer)
