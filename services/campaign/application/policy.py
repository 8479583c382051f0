"""Who may send which command; one table, and the refusals that tell no one what they may not know."""

from collections.abc import Callable
from typing import Final

from services.campaign.application.case import Case
from services.campaign.domain.base import DomainError
from services.contracts import commands_v1 as c

Rule = Callable[[Case], None]


def anyone(_: Case) -> None:
    """A link, or nothing at all, is enough."""


def signed_in(case: Case) -> None:
    if case.caller.person is None:
        raise DomainError("not-signed-in")


def operator(case: Case) -> None:
    if not case.caller.operator:
        _known(case)
        raise DomainError("not-permitted")


def member(case: Case) -> None:
    """Of this campaign; whether the membership is confirmed is the use case's to ask."""
    _known(case)
    if case.standing.member is None:
        raise DomainError("not-permitted" if case.standing.auditor else "not-a-member")


def organizer(case: Case) -> None:
    _known(case)
    if not case.leads:
        raise DomainError("not-permitted")


def invited(case: Case) -> None:
    """An organizer, invited or accepted already."""
    _known(case)
    if case.standing.organizer is None:
        raise DomainError("not-permitted")


def member_or_organizer(case: Case) -> None:
    _known(case)
    if case.standing.member is None and not case.leads:
        raise DomainError("not-permitted" if case.standing.auditor else "not-a-member")


def once_member(case: Case) -> None:
    """A member, or one who withdrew: whose memberships are looked for by the use case."""
    _known(case)


def _known(case: Case) -> None:
    """A campaign that is not there and a draft of others look the same."""
    signed_in(case)
    state = case.desk.store.state(case.campaign_id) if case.campaign_id else None
    if state is None or (state == "draft" and case.standing.none):
        raise DomainError("not-found")


POLICY: Final[dict[type[c.Command], Rule]] = {
    c.LaunchCampaign: signed_in,
    c.PublishCampaign: organizer,
    c.ReviseCampaign: organizer,
    c.ReviseDemands: organizer,
    c.InviteOrganizer: organizer,
    c.AcceptOrganizer: invited,
    c.RemoveOrganizer: organizer,
    c.InviteAuditor: organizer,
    c.RemoveAuditor: organizer,
    c.PublishUpdate: organizer,
    c.DecideEscalation: organizer,
    c.RecordOutcome: organizer,
    c.ShareExperience: member_or_organizer,
    c.CloseCampaign: organizer,
    c.SuspendCampaign: operator,
    c.ResumeCampaign: operator,
    c.RemoveContent: operator,
    c.JoinCampaign: anyone,
    c.ConfirmMembership: anyone,
    c.StateClaim: member,
    c.GiveConsent: member,
    c.ChangeContact: member,
    c.ConfirmContactChange: anyone,
    c.TakeSafetySteps: member,
    c.RateOutcome: member,
    c.WithdrawMembership: member,
    c.RequestErasure: once_member,
    c.InvalidateMembership: organizer,
    c.ReinstateMembership: organizer,
    c.SubmitEvidence: member,
    c.RedactEvidence: member_or_organizer,
    c.ClassifyEvidence: organizer,
    c.ReviewEvidence: organizer,
    c.WithdrawEvidence: member,
    c.LogContact: member_or_organizer,
    c.RecordPromise: member_or_organizer,
    c.SubmitFiling: member_or_organizer,
    c.RecordReceipt: member_or_organizer,
    c.RequestMaterial: organizer,
    c.GiveMaterial: member_or_organizer,
    c.RecordResponse: member_or_organizer,
    c.ExtendDeadline: member_or_organizer,
    c.CloseFiling: member_or_organizer,
    c.OpenBallot: organizer,
    c.CastVote: member,
    c.CloseBallot: organizer,
}

DESPITE_SUSPENSION: Final = frozenset(
    {c.ResumeCampaign, c.RemoveContent, c.WithdrawMembership, c.RequestErasure, c.WithdrawEvidence, c.TakeSafetySteps}
)
"""Leaving, one's own safety and the operator's acts do not wait for a suspension to end."""


def authorise(case: Case, command: c.Command) -> None:
    """Raises not-signed-in, not-found, not-permitted, not-a-member, or campaign-not-open while it is suspended."""
    POLICY[type(command)](case)
    if case.campaign_id is None or type(command) in DESPITE_SUSPENSION or POLICY[type(command)] is anyone:
        return
    if case.desk.store.state(case.campaign_id) == "suspended":
        raise DomainError("campaign-not-open", state="suspended")
