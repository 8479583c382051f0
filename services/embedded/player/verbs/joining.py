"""Coming and going: joining, confirming, leaving, being forgotten."""

from __future__ import annotations

from services.embedded.player.people import token_of
from services.embedded.player.world import Outcome, Turn, Unplayable, topics


def join(turn: Turn) -> Outcome:
    """With the person's name and address, or with those given."""
    who = turn.who
    email = turn.given("email") or (who.email if who else None)
    if email is None:
        raise Unplayable("nobody in particular joins with an address: give `email`")
    locale = turn.given("locale") or (who.locale if who else "zh-CN")
    name = turn.given("name") or (who.name if who else email.partition("@")[0])
    if who is not None:
        turn.world.people.uses(who, email)
    body = {"email": email, "name": name, "locale": locale, "consent": True}
    answer = turn.world.anyone("POST", turn.world.at("/members"), body, locale)
    return Outcome(warnings=topics(answer))


def confirm(turn: Turn) -> Outcome:
    """With the newest link in the person's mailbox; the first confirmation signs in."""
    world, who = turn.world, turn.person
    mails = [m for to in world.people.addresses_of(who) for m in world.door.mail(to=to, kind="confirmation")]
    token = token_of(max(mails, key=lambda mail: str(mail["id"])), "confirm") if mails else None
    if token is None:
        raise Unplayable(f"no confirmation link in the mailbox of {who.handle}")
    answer = world.anyone("POST", "/confirmations", {"token": token}, who.locale)
    world.subjects[who.handle] = answer.body["subject"]
    world.people.keep(who, answer)
    return Outcome(note="" if answer.told("first") else "already confirmed")


def withdraw(turn: Turn) -> Outcome:
    turn.world.act(turn.person, "POST", "/me/withdraw")
    return Outcome()


def erase(turn: Turn) -> Outcome:
    turn.world.act(turn.person, "POST", "/me/erase")
    turn.world.people.forget(turn.person)
    return Outcome()
