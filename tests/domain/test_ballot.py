"""Ballots and votes: one question, an end, secret votes that name nobody."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services.campaign.domain.ballot import Ballot, Vote
from tests.support.builders import an_open_ballot
from tests.support.given_when_then import NOW, act, later, refuses, then


@pytest.mark.parametrize("options", [["接受"], ["接受", "接受"], [str(n) for n in range(10)]])
def test_options_must_be_a_choice(options: list[str]) -> None:
    with refuses("options-unusable"):
        Ballot.open(act("organizer"), uuid4(), uuid4(), question="?", options=options, until=later(days=1))


def test_a_ballot_ends_in_the_future() -> None:
    with refuses("ballot-ends-in-past"):
        Ballot.open(act("organizer"), uuid4(), uuid4(), question="?", options=["a", "b"], until=NOW)


def test_it_accepts_its_options_until_its_end() -> None:
    ballot = an_open_ballot(days=3)
    ballot.accepts(later(days=2), 1)
    ballot.accepts(later(days=2), 2)
    for option in (0, 3):
        with refuses("option-unknown", options=2):
            ballot.accepts(NOW, option)
    with refuses("ballot-closed"):
        ballot.accepts(ballot.until, 1)
    ballot.accepts(ballot.until - timedelta(microseconds=1), 1)


def test_it_closes_once_and_then_takes_no_vote() -> None:
    ballot = an_open_ballot()
    ballot.close(act("organizer"))
    ballot.close(act("system"))
    then(ballot, Ballot.BallotClosed)
    with refuses("ballot-closed"):
        ballot.accepts(NOW, 1)


def test_a_vote_names_neither_member_nor_minute() -> None:
    member, voter = uuid4(), uuid4()
    vote = Vote.cast(act(actor=member), uuid4(), uuid4(), ballot=uuid4(), option=2, voter=voter)
    (cast,) = then(vote, Vote.VoteCast)
    assert member not in vars(cast).values()
    assert (cast.subject, cast.actor, cast.voter, cast.option) == (None, voter, voter, 2)
    assert cast.timestamp == NOW.replace(minute=0, second=0, microsecond=0)
