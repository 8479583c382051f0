"""Use cases of the campaign itself: drafted, published, revised, told about, decided on, ended."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from services.campaign.application.case import Case, Decision
from services.campaign.application.hashes import checked_address
from services.campaign.application.names import refuse_names
from services.campaign.application.store import Kind, UniqueKey
from services.campaign.domain.base import DomainError, Recorded
from services.campaign.domain.campaign import Campaign
from services.campaign.domain.filing import Filing
from services.campaign.playbooks import rules
from services.contracts import commands_v1 as c


def launch(case: Case, command: c.LaunchCampaign) -> Decision:
    _known_casework(case, command)
    email = checked_address(command.organizer_email)
    if case.desk.hashes.person(email) != case.person:
        raise DomainError("not-permitted")
    campaign_id, organizer = case.desk.new_id(), case.desk.new_id()
    campaign = Campaign.draft(
        case.act("organizer", organizer), campaign_id, demands=_pairs(command.demands),
        provider_kind=command.provider_kind, provider_name=command.provider_name, jurisdiction=command.jurisdiction,
        timezone=command.timezone, problem=command.problem, locale=command.locale, title=command.title,
        summary=command.summary, organizer_name=command.organizer_name, organizer_email=email,
    )  # fmt: skip
    claim = UniqueKey(campaign_id, Kind.ORGANIZER, case.person, organizer)
    return Decision({"campaign": str(campaign_id), "version": 1}, [campaign], claims=[claim])


def publish(case: Case, _: c.PublishCampaign) -> Decision:
    campaign, events = case.desk.aggregates.history(Campaign, case.campaign.id)
    campaign.publish(case.as_organizer(), _title(events))
    return Decision(changed=[campaign])


def revise(case: Case, command: c.ReviseCampaign) -> Decision:
    refuse_names(case, command.title, command.summary)
    case.campaign.revise(case.as_organizer(), command.title, command.summary)
    return Decision(changed=[case.campaign])


def revise_demands(case: Case, command: c.ReviseDemands) -> Decision:
    refuse_names(case, *(demand.text for demand in command.demands))
    case.campaign.revise_demands(case.as_organizer(), _pairs(command.demands))
    return Decision({"demand_version": case.campaign.demand_version}, [case.campaign])


def publish_update(case: Case, command: c.PublishUpdate) -> Decision:
    refuse_names(case, command.title, command.body)
    case.campaign.publish_update(case.as_organizer(), command.title, command.body)
    return Decision(changed=[case.campaign])


def decide_escalation(case: Case, command: c.DecideEscalation) -> Decision:
    """The matter goes on at another step; the latest collective filing says so, too."""
    step, reason = case.step(command.step), command.override_reason or command.reason
    refuse_names(case, command.reason, command.override_reason)
    case.desk.views.fresh()
    facts = case.desk.views.facts(case.campaign.id, None)
    found = rules.check(
        case.playbook, case.desk.playbooks.problem(case.campaign.problem), "escalate", step.id, "collective",
        rules.COLLECTIVE, facts,
    )  # fmt: skip
    act = case.as_organizer()
    case.campaign.decide_escalation(
        act, step.id, warnings=found.topics, override=command.override_reason is not None, reason=reason
    )
    latest = case.desk.views.latest_filing(case.campaign.id, None)
    changed: list[Campaign | Filing] = [case.campaign]
    if latest is not None:
        filing = case.desk.aggregates.load(Filing, latest)
        filing.escalate(act, step.id)
        changed.append(filing)
    return Decision({"step": step.id, "warnings": list(found.topics)}, changed)


def record_outcome(case: Case, command: c.RecordOutcome) -> Decision:
    refuse_names(case, command.note)
    case.campaign.record_outcome(case.as_organizer(), command.results, command.offered, command.paid, command.note)
    return Decision(changed=[case.campaign])


def share_experience(case: Case, command: c.ShareExperience) -> Decision:
    """An organizer speaks of the campaign, in public words; a member of oneself, in words that erasure takes away."""
    refuse_names(case, command.text)
    if case.leads:
        case.campaign.share_experience(case.as_organizer(), command.text)
        return Decision(changed=[case.campaign])
    case.confirmed.share_experience(case.as_member(), command.text, ended=case.campaign.ended)
    return Decision(changed=[case.confirmed])


def close(case: Case, _: c.CloseCampaign) -> Decision:
    case.campaign.close(case.as_organizer())
    return Decision({"state": case.campaign.state}, [case.campaign])


def suspend(case: Case, command: c.SuspendCampaign) -> Decision:
    case.campaign.suspend(case.act("operator", None), command.reason)
    return Decision(changed=[case.campaign])


def resume(case: Case, _: c.ResumeCampaign) -> Decision:
    case.campaign.resume(case.act("operator", None))
    return Decision(changed=[case.campaign])


def remove_content(case: Case, command: c.RemoveContent) -> Decision:
    """The event says that words were removed, and why; they go with it, and afterwards from the files' free space."""
    case.desk.views.fresh()
    if not case.desk.views.has_words(case.campaign.id, command.event):
        raise DomainError("not-found")
    if command.event in case.desk.store.content([command.event]):
        case.campaign.remove_content(case.act("operator", None), command.event, command.reason)
    return Decision(changed=[case.campaign], afterwards=lambda: case.desk.store.remove_content([command.event]))


def _known_casework(case: Case, command: c.LaunchCampaign) -> None:
    playbooks = case.desk.playbooks
    if command.jurisdiction not in playbooks.jurisdictions:
        raise DomainError("jurisdiction-unknown", jurisdiction=command.jurisdiction)
    if command.problem not in playbooks.problems:
        raise DomainError("problem-unknown", problem=command.problem)
    try:
        ZoneInfo(command.timezone)
    except (KeyError, ValueError, OSError):
        raise DomainError("timezone-unknown", timezone=command.timezone) from None


def _title(events: Sequence[Recorded]) -> str:
    """The title as last revised."""
    titles = (getattr(event, "title", None) for event in reversed(events))
    return next(title for title in titles if isinstance(title, str))


def _pairs(demands: list[c.Demand]) -> list[tuple[str, str]]:
    return [(demand.kind, demand.text) for demand in demands]
