"""Use case of erasure: asked for, recorded, then done; each step may be repeated, a crash is finished at the start."""

from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

from services.campaign.application.ballots import vote_key
from services.campaign.application.case import Case, Decision, Desk
from services.campaign.application.evidence import MOST_FILES, files_of, piece_key
from services.campaign.application.filings import open_filing_key
from services.campaign.application.mails import mail, person_of
from services.campaign.application.people import former_key, former_memberships, member_key
from services.campaign.application.store import Commit, Kind, StaleVersion, UniqueKey, decided
from services.campaign.domain.base import Act, DomainError, Recorded
from services.campaign.domain.evidence import Evidence
from services.campaign.domain.filing import Filing
from services.campaign.domain.membership import Membership
from services.campaign.vault.erasure import destroy, remains
from services.contracts.commands_v1 import RequestErasure
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.logs import logger

TRIES: Final = 5


def request(case: Case, command: RequestErasure) -> Decision:
    """Of oneself: the present membership, which ends with it, and all that this person ended before."""
    memberships = list(former_memberships(case.desk.store, case.desk.aggregates, case.caller, command.campaign))
    releases, claims = [], []
    if case.standing.member is not None:
        memberships.insert(0, case.membership)
        releases = [member_key(command.campaign, case.person, case.membership.id)]
        claims = [former_key(case.person, case.membership.id)]
    if not memberships:
        raise DomainError("not-permitted" if case.standing.auditor else "not-a-member")
    for membership in memberships:
        membership.request_erasure(case.act("member", membership.id), "member-request")
    subjects = [membership.id for membership in memberships]
    return Decision(
        changed=memberships, claims=claims, releases=releases, afterwards=lambda: _now_or_later(case.desk, subjects)
    )


def resume_erasures(desk: Desk) -> int:
    """Finishes what a crash, or a store that was away, left; answers how many were finished now.

    Raises TemporaryFailure when some could not be finished; they held up no other.
    """
    subjects = [*desk.views.erasures_requested(), *(each.subject for each in desk.store.unfinished_erasures())]
    left = _postponed(desk, subjects)
    if left:
        raise TemporaryFailure("erasures-unfinished", retry_after=60)
    return len(subjects)


def erase(desk: Desk, subject: UUID) -> None:
    """From wherever it stands to its end. Raises TemporaryFailure: call again."""
    membership, events = desk.aggregates.history(Membership, subject)
    if membership.erasure == "requested":
        _record(desk, subject)
        membership, events = desk.aggregates.history(Membership, subject)
    if membership.erasure == "erased":
        _destroy(desk, membership, _key_ids(events))
        _complete(desk, membership)


def _record(desk: Desk, subject: UUID) -> None:
    """Open filings are closed, the last mail is kept for notifier, and it is said what will be destroyed.

    A repetition beside this one may have been faster: then no second mail is kept.
    """
    for _ in range(TRIES):
        membership, events = desk.aggregates.history(Membership, subject)
        if membership.erasure != "requested":
            return
        act, campaign = desk.act("system", None), membership.campaign
        filings = _closed_filings(desk, act, membership)
        key_ids = desk.store.key_ids(subject)
        membership.erase(act, len(desk.store.sealed_under(key_ids)), key_ids)
        person = person_of(events)
        notes = [] if person is None else [mail(desk.new_id(), act.at, "erasure-done", campaign, person)]
        releases = [*_keys_of(desk, filings), *_traces(desk, campaign, subject)]
        try:
            desk.store.commit(Commit(decided(*filings, membership), releases=releases, hand_overs=notes))
            return
        except StaleVersion:
            continue
    raise TemporaryFailure("erasure-contended")


def _destroy(desk: Desk, membership: Membership, key_ids: list[int]) -> None:
    subject = membership.id
    desk.views.fresh()
    pieces = desk.views.evidence_of(membership.campaign, subject)
    files = [
        file.blob for piece in pieces for file in files_of(desk.aggregates.history(Evidence, piece)[1])
    ]  # fmt: skip
    desk.tokens.forget(subject)
    destroy(desk.store, desk.keys, desk.evidence, subject=subject, key_ids=key_ids, files=files)
    left = remains(desk.store, desk.keys, desk.evidence, subject=subject, key_ids=key_ids, files=files)
    if left:
        logger(__name__).error("something of an erasure remains", reason=" ".join(left))
        raise TemporaryFailure("erasure-incomplete")


def _traces(desk: Desk, campaign: UUID, subject: UUID) -> Iterator[UniqueKey]:
    """Keyed hashes that say which ballots this member voted in and which evidence was theirs."""
    hashed = [(Kind.VOTE, vote_key(desk.hashes, ballot, subject)) for ballot in desk.views.ballots(campaign)]
    hashed += [(Kind.EVIDENCE, piece_key(desk.hashes, subject, number + 1)) for number in range(MOST_FILES)]
    for kind, key in hashed:
        owner = desk.store.owner(campaign, kind, key)
        if owner is not None:
            yield UniqueKey(campaign, kind, key, owner)


def _key_ids(events: Sequence[Recorded]) -> list[int]:
    return next(event.key_ids for event in events if isinstance(event, Membership.SubjectErased))


def _closed_filings(desk: Desk, act: Act, membership: Membership) -> list[Filing]:
    """The member's own filings that are not closed, closed now."""
    desk.views.fresh()
    found = desk.views.filings_of(membership.campaign, membership.id)
    filings = [desk.aggregates.load(Filing, filing) for filing in found]
    for filing in filings:
        filing.close(act, "member-left")
    return filings


def _keys_of(desk: Desk, filings: Sequence[Filing]) -> list[UniqueKey]:
    return [open_filing_key(desk.hashes, filing) for filing in filings]


def _complete(desk: Desk, membership: Membership) -> None:
    """A filing handed in at the very moment of SubjectErased is closed, too: after that none can follow.

    A repetition beside this one may have been faster: then there is nothing left to record.
    """
    act = desk.act("system", None)
    filings = _closed_filings(desk, act, membership)
    membership.complete_erasure(act)
    try:
        desk.store.commit(Commit(decided(*filings, membership), releases=_keys_of(desk, filings)))
    except StaleVersion as stale:
        if stale.facts["stream"] != membership.id:
            raise TemporaryFailure("erasure-contended") from stale


def _now_or_later(desk: Desk, subjects: Sequence[UUID]) -> None:
    """The request is on record; what cannot be done at this moment is done by `resume_erasures`."""
    _postponed(desk, subjects)


def _postponed(desk: Desk, subjects: Sequence[UUID]) -> int:
    """Erases each by itself; answers how many have to wait."""
    left = 0
    for subject in subjects:
        try:
            erase(desk, subject)
        except (TemporaryFailure, PermanentFailure) as failure:
            left += 1
            logger(__name__).warning("an erasure is postponed", code=failure.code)
    return left
