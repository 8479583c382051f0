"""The table of use cases: which function decides which command."""

from collections.abc import Callable
from typing import Any, Final

from services.campaign.application import (
    ballots,
    campaigns,
    claims,
    contacts,
    erasure,
    evidence,
    filings,
    members,
    staff,
)
from services.campaign.application.case import Case, Decision
from services.contracts import commands_v1 as c

Handler = Callable[[Case, Any], Decision]

HANDLERS: Final[dict[type[c.Command], Handler]] = {
    c.LaunchCampaign: campaigns.launch,
    c.PublishCampaign: campaigns.publish,
    c.ReviseCampaign: campaigns.revise,
    c.ReviseDemands: campaigns.revise_demands,
    c.InviteOrganizer: staff.invite_organizer,
    c.AcceptOrganizer: staff.accept_organizer,
    c.RemoveOrganizer: staff.remove_organizer,
    c.InviteAuditor: staff.invite_auditor,
    c.RemoveAuditor: staff.remove_auditor,
    c.PublishUpdate: campaigns.publish_update,
    c.DecideEscalation: campaigns.decide_escalation,
    c.RecordOutcome: campaigns.record_outcome,
    c.ShareExperience: campaigns.share_experience,
    c.CloseCampaign: campaigns.close,
    c.SuspendCampaign: campaigns.suspend,
    c.ResumeCampaign: campaigns.resume,
    c.RemoveContent: campaigns.remove_content,
    c.JoinCampaign: members.join,
    c.ConfirmMembership: members.confirm,
    c.StateClaim: claims.state_claim,
    c.GiveConsent: members.consent,
    c.ChangeContact: members.change_contact,
    c.ConfirmContactChange: members.confirm_contact_change,
    c.TakeSafetySteps: members.take_safety_steps,
    c.RateOutcome: members.rate,
    c.WithdrawMembership: members.withdraw,
    c.RequestErasure: erasure.request,
    c.InvalidateMembership: members.invalidate,
    c.ReinstateMembership: members.reinstate,
    c.SubmitEvidence: evidence.submit,
    c.RedactEvidence: evidence.redact,
    c.ClassifyEvidence: evidence.classify,
    c.ReviewEvidence: evidence.review,
    c.WithdrawEvidence: evidence.withdraw,
    c.LogContact: contacts.log,
    c.RecordPromise: contacts.record_promise,
    c.SubmitFiling: filings.submit,
    c.RecordReceipt: filings.record_receipt,
    c.RequestMaterial: filings.request_material,
    c.GiveMaterial: filings.give_material,
    c.RecordResponse: filings.record_response,
    c.ExtendDeadline: filings.extend_deadline,
    c.CloseFiling: filings.close,
    c.OpenBallot: ballots.open_ballot,
    c.CastVote: ballots.cast_vote,
    c.CloseBallot: ballots.close_ballot,
}
