"""Queries about ballots; a vote leads to its member only through the key that keeps it unique, for the member alone."""

from __future__ import annotations

from uuid import UUID

from services.campaign.application.ballots import vote_key
from services.campaign.application.store import Kind
from services.campaign.queries.asking import Asking, Json
from services.campaign.readmodels import case_rows
from services.campaign.readmodels.rows import Row


def ballots(asking: Asking) -> list[Json]:
    return ballots_of(asking, asking.standing.subject)


def ballots_of(asking: Asking, subject: str | None) -> list[Json]:
    rows = case_rows.ballots_of(asking.rows, asking.campaign_id)
    words = asking.words([row["event"] for row in rows])
    counts = case_rows.counts_of(asking.rows, [row["ballot"] for row in rows])
    return [_ballot(asking, row, words.get(row["event"], {}), counts.get(row["ballot"], {}), subject) for row in rows]


def _ballot(asking: Asking, row: Row, said: Json, counts: object, subject: str | None) -> Json:
    assert isinstance(counts, dict)
    receipt = None if subject is None else _vote(asking, row["ballot"], subject)
    shown = [counts.get(place, 0) for place in range(1, row["options"] + 1)]
    return {
        "ballot": row["ballot"],
        "question": said.get("question"),
        "options": said.get("option_texts", [""] * row["options"]),
        "until": row["until"],
        "state": row["state"],
        "counts": shown if row["state"] == "closed" else None,
        "voted": receipt is not None,
        "receipt": receipt,
    }


def _vote(asking: Asking, ballot: str, subject: str) -> str | None:
    """The id of the member's own vote, which is its receipt."""
    key = vote_key(asking.desk.hashes, UUID(ballot), UUID(subject))
    vote = asking.desk.store.owner(UUID(asking.campaign_id), Kind.VOTE, key)
    return None if vote is None else str(vote)
