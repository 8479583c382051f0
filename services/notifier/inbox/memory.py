"""What notifier remembers of an event, so that later mails find their recipients."""

from __future__ import annotations

from collections.abc import Callable

from services.notifier.inbox.desk import Desk
from services.notifier.inbox.leaves import Leaf

Remember = Callable[[Desk, Leaf], None]


def campaign_drafted(desk: Desk, leaf: Leaf) -> None:
    data = leaf.data
    desk.register.add_campaign(leaf.campaign, timezone=data["timezone"], locale=data["locale"], problem=data["problem"])
    desk.register.set_organizer(leaf.campaign, data["organizer"], "accepted")
    desk.register.add_words(leaf.campaign, leaf.id)


def words_of_campaign(desk: Desk, leaf: Leaf) -> None:
    desk.register.add_words(leaf.campaign, leaf.id)


def organizer_invited(desk: Desk, leaf: Leaf) -> None:
    desk.register.set_organizer(leaf.campaign, leaf.data["organizer"], "invited")


def organizer_accepted(desk: Desk, leaf: Leaf) -> None:
    desk.register.set_organizer(leaf.campaign, leaf.data["organizer"], "accepted")


def organizer_removed(desk: Desk, leaf: Leaf) -> None:
    desk.register.remove_organizer(leaf.data["organizer"])


def member_joined(desk: Desk, leaf: Leaf) -> None:
    desk.register.add_member(leaf.campaign, leaf.stream)


def member_confirmed(desk: Desk, leaf: Leaf) -> None:
    desk.register.confirm(leaf.campaign, leaf.stream, leaf.sequence)


def member_is(state: str) -> Remember:
    def remember(desk: Desk, leaf: Leaf) -> None:
        desk.register.set_state(leaf.campaign, leaf.stream, state)

    return remember


def member_invalidated(desk: Desk, leaf: Leaf) -> None:
    desk.register.invalidate(leaf.campaign, leaf.stream)


def member_reinstated(desk: Desk, leaf: Leaf) -> None:
    desk.register.reinstate(leaf.campaign, leaf.stream)


def filing_submitted(desk: Desk, leaf: Leaf) -> None:
    desk.register.add_filing(
        leaf.stream, leaf.campaign, filer=leaf.subject or leaf.actor or "", own=leaf.subject is not None,
        step=leaf.data["step"], deadline=leaf.data.get("deadline"),
    )  # fmt: skip


def deadline_set(desk: Desk, leaf: Leaf) -> None:
    if deadline := leaf.data.get("deadline"):
        desk.register.set_deadline(leaf.stream, deadline)


def filing_is(state: str) -> Remember:
    def remember(desk: Desk, leaf: Leaf) -> None:
        desk.register.set_filing(leaf.stream, state)

    return remember


def contact_logged(desk: Desk, leaf: Leaf) -> None:
    desk.register.add_contact(leaf.stream, leaf.subject or leaf.actor or "", leaf.subject is not None)


def promise_recorded(desk: Desk, leaf: Leaf) -> None:
    desk.register.add_promise(leaf.data["promise"], leaf.data["until"])
