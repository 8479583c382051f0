"""Use cases around organizers and auditors: invited by address, known to others by a random id."""

from collections.abc import Sequence
from uuid import UUID

from services.campaign.application.case import Case, Decision
from services.campaign.application.hashes import checked_address
from services.campaign.application.store import Kind, UniqueKey
from services.campaign.domain.base import Recorded
from services.campaign.domain.campaign import Campaign
from services.contracts import commands_v1 as c


def invite_organizer(case: Case, command: c.InviteOrganizer) -> Decision:
    email, organizer = checked_address(command.email), case.desk.new_id()
    case.campaign.invite_organizer(case.as_organizer(), organizer, email, command.locale)
    claim = UniqueKey(case.campaign.id, Kind.ORGANIZER, case.desk.hashes.person(email), organizer)
    return Decision({"organizer": str(organizer)}, [case.campaign], claims=[claim])


def accept_organizer(case: Case, command: c.AcceptOrganizer) -> Decision:
    act = case.as_organizer()
    assert act.actor is not None
    case.campaign.accept_organizer(act, act.actor, command.name)
    return Decision(changed=[case.campaign])


def remove_organizer(case: Case, command: c.RemoveOrganizer) -> Decision:
    campaign, events = case.desk.aggregates.history(Campaign, case.campaign.id)
    campaign.remove_organizer(case.as_organizer(), command.organizer)
    return Decision(changed=[campaign], releases=_places(case, events, Kind.ORGANIZER, command.organizer))


def invite_auditor(case: Case, command: c.InviteAuditor) -> Decision:
    email, auditor = checked_address(command.email), case.desk.new_id()
    case.campaign.invite_auditor(
        case.as_organizer(), auditor, name=command.name, email=email, locale=command.locale,
        expires_on=command.expires_on, today=case.today,
    )  # fmt: skip
    claim = UniqueKey(case.campaign.id, Kind.AUDITOR, case.desk.hashes.person(email), auditor)
    return Decision({"auditor": str(auditor)}, [case.campaign], claims=[claim])


def remove_auditor(case: Case, command: c.RemoveAuditor) -> Decision:
    campaign, events = case.desk.aggregates.history(Campaign, case.campaign.id)
    campaign.remove_auditor(case.as_organizer(), command.auditor)
    return Decision(changed=[campaign], releases=_places(case, events, Kind.AUDITOR, command.auditor))


def _places(case: Case, events: Sequence[Recorded], kind: Kind, actor: UUID) -> list[UniqueKey]:
    """What the address of an invitation holds; it can be invited again."""
    noun = kind.name.lower()
    addresses = [getattr(e, f"{noun}_email", None) for e in events if getattr(e, noun, None) == actor]
    return [
        UniqueKey(case.campaign.id, kind, case.desk.hashes.person(address), actor)
        for address in addresses
        if isinstance(address, str)
    ]
