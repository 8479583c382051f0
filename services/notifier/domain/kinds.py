"""The kinds of mail: how urgent, whether they wait through the night, whose words they carry, who may stop them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

MEMBERS: Final = "members"
"""The recipient of a fan-out: every member who stood confirmed when the event was recorded."""


class Priority(IntEnum):
    """What leaves first. A fan-out grows only when nothing that it made before is left."""

    AT_THE_DOOR = 0
    DEADLINE = 1
    PROGRESS = 2
    FAN_OUT = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """`needs`: the state a member must be in when the mail leaves; None asks nothing of the recipient."""

    name: str
    priority: Priority
    waits_at_night: bool = True
    words: Literal["none", "private", "public"] = "none"
    stoppable: bool = False
    needs: frozenset[str] | None = None
    link: str | None = None


_IN: Final = frozenset({"pending", "confirmed"})
_CONFIRMED: Final = frozenset({"confirmed"})


def _to_members(name: str) -> Kind:
    return Kind(name, Priority.PROGRESS, words="public", stoppable=True, needs=_CONFIRMED)


KINDS: Final[dict[str, Kind]] = {
    kind.name: kind
    for kind in (
        Kind("sign-in", Priority.AT_THE_DOOR, waits_at_night=False),
        Kind("confirmation", Priority.AT_THE_DOOR, waits_at_night=False, needs=frozenset({"pending"}), link="confirm"),
        Kind("already-joined", Priority.AT_THE_DOOR, waits_at_night=False),
        Kind("safety-record", Priority.DEADLINE, waits_at_night=False, needs=_IN),
        Kind("deadline-near", Priority.DEADLINE),
        Kind("deadline-lapsed", Priority.DEADLINE),
        Kind("promise-broken", Priority.DEADLINE, words="private"),
        Kind("material-requested", Priority.DEADLINE, words="private"),
        Kind("evidence-more-needed", Priority.DEADLINE, words="private", needs=_IN),
        Kind("welcome", Priority.DEADLINE, needs=_CONFIRMED),
        Kind("erasure-done", Priority.DEADLINE),
        Kind("invitation", Priority.DEADLINE),
        _to_members("update"),
        _to_members("demands-revised"),
        _to_members("ballot-opened"),
        _to_members("outcome"),
    )
}
HANDED_OVER: Final = frozenset({"sign-in", "confirmation", "already-joined", "erasure-done"})
UNCONFIRMED: Final = frozenset({"sign-in", "confirmation", "already-joined", "invitation", "erasure-done"})
"""To an address that nobody may have confirmed: no word in it that a user typed, so none is asked for."""
ASKED_FOR: Final = frozenset({"sign-in", "confirmation"})
"""Somebody waits for it at this moment: it is tried even at an address that refused mail before."""
