"""What the events of ballots and votes change; a vote adds to a count and leaves no trace of who cast it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from services.campaign.readmodels import tables
from services.campaign.readmodels.effects.campaigns import worded
from services.campaign.readmodels.effects.casework import falls_due, no_longer_due
from services.campaign.readmodels.effects.entry import Change, Effect, Entry, Zones, updating

ADD_BALLOT, SET_BALLOT = insert(tables.ballots), updating(tables.ballots)
COUNT = sqlite_insert(tables.counts).on_conflict_do_update(
    index_elements=["ballot", "option"], set_={"votes": tables.counts.c.votes + 1}
)


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
    yield COUNT, {"ballot": entry.data["ballot"], "option": entry.data["option"], "votes": 1}


EFFECTS: dict[str, Effect] = {"ballot.opened": _opened, "ballot.closed": _closed, "vote.cast": _cast}
