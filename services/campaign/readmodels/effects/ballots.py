"""What the events of ballots and votes change; a vote adds to a count and leaves no trace of who cast it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Integer, bindparam, insert, literal, select

from services.campaign.readmodels import tables
from services.campaign.readmodels.effects.campaigns import worded
from services.campaign.readmodels.effects.casework import falls_due, no_longer_due
from services.campaign.readmodels.effects.entry import Change, Effect, Entry, Zones, updating
from services.kit.sql import upsert

ADD_BALLOT, SET_BALLOT = insert(tables.ballots), updating(tables.ballots)
COUNT = (
    upsert.insert(tables.counts)
    .from_select(
        ["ballot", "option", "votes"],
        select(tables.ballots.c.ballot, bindparam("of_option", type_=Integer), literal(1)).where(
            tables.ballots.c.ballot == bindparam("of_ballot"), tables.ballots.c.state == "open"
        ),
    )
    .on_conflict_do_update(index_elements=["ballot", "option"], set_={"votes": tables.counts.c.votes + 1})
)
"""As the progress reducer counts: a vote that the log orders after the close is no vote."""


def _opened(entry: Entry, _zones: Zones) -> Iterable[Change]:
    until = entry.data["until"]
    yield ADD_BALLOT, {
        "ballot": entry.stream, "campaign": entry.campaign, "event": entry.event, "opened": entry.position,
        "options": entry.data["options"], "until": until, "state": "open",
    }  # fmt: skip
    yield worded(entry)
    yield falls_due(entry, "ballot", entry.stream, until, until[:10])


def _closed(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield SET_BALLOT, {"key": entry.stream, "state": "closed"}
    yield no_longer_due("ballot", entry.stream)


def _cast(entry: Entry, _zones: Zones) -> Iterable[Change]:
    yield COUNT, {"of_ballot": entry.data["ballot"], "of_option": entry.data["option"]}


EFFECTS: dict[str, Effect] = {"ballot.opened": _opened, "ballot.closed": _closed, "vote.cast": _cast}
