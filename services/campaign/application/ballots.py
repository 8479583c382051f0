"""Use cases of ballots: one question to all confirmed members, one secret vote each."""

from uuid import UUID

from services.campaign.application.case import Case, Decision, aware
from services.campaign.application.hashes import Hashes
from services.campaign.application.names import refuse_names
from services.campaign.application.store import Kind, UniqueKey
from services.campaign.domain.ballot import Ballot, Vote
from services.campaign.domain.base import DomainError
from services.contracts import commands_v1 as c


def open_ballot(case: Case, command: c.OpenBallot) -> Decision:
    refuse_names(case, command.question, *command.options)
    ballot = Ballot.open(
        case.as_organizer(), case.campaign.id, case.desk.new_id(), question=command.question, options=command.options,
        until=aware(command.until, "until"),
    )  # fmt: skip
    return Decision({"ballot": str(ballot.id)}, [ballot], need_open=case.campaign.id)


def cast_vote(case: Case, command: c.CastVote) -> Decision:
    """The vote is a stream of its own under a random voter; only the keyed hash knows that this member has voted."""
    member, ballot = case.confirmed, _ballot(case, command)
    ballot.accepts(case.at, command.option)
    vote = Vote.cast(
        case.as_member(), ballot.campaign, case.desk.new_id(), ballot=ballot.id, option=command.option,
        voter=case.desk.new_id(),
    )  # fmt: skip
    key = vote_key(case.desk.hashes, ballot.id, member.id)
    return Decision({"receipt": str(vote.id)}, [vote], claims=[UniqueKey(ballot.campaign, Kind.VOTE, key, vote.id)])


def vote_key(hashes: Hashes, ballot: UUID, member: UUID) -> bytes:
    return hashes.value("vote", ballot, member)


def close_ballot(case: Case, command: c.CloseBallot) -> Decision:
    ballot = _ballot(case, command)
    ballot.close(case.as_organizer())
    return Decision(changed=[ballot])


def _ballot(case: Case, command: c.CastVote | c.CloseBallot) -> Ballot:
    ballot = case.desk.aggregates.load(Ballot, command.ballot)
    if ballot.campaign != case.campaign_id:
        raise DomainError("not-found")
    return ballot
