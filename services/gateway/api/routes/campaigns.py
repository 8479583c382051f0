"""Campaigns: launching, publishing, changing, ending; the people who run them."""

from __future__ import annotations

from typing import Any

from services.contracts import commands_v1 as c
from services.contracts.codes import Refused
from services.gateway.accounts.current import caller, current_locale, current_person, services
from services.gateway.api import queries, schemas
from services.gateway.api.endpoint import Endpoint, Inputs, act, ask, execute
from services.gateway.api.reading import fault, invalid
from services.gateway.api.shapes import BOTH, COUNT, DAY, EMPTY, ID, PROGRESS, TEXT, WARNINGS, many, maybe, obj
from services.kit.problems import Problem

ONE = "/campaigns/<uuid:campaign>"
_NAMED = ("names-a-member",)


def launch(inputs: Inputs) -> Any:
    person = current_person()
    if person is None:
        raise Problem("not-permitted", 403)
    told = dict(inputs.body)
    provider = told.pop("provider")
    told.setdefault("locale", current_locale())
    told["timezone"] = told.get("timezone") or timezone_of(told["jurisdiction"])
    command = c.LaunchCampaign(
        provider_name=provider["name"], provider_kind=provider["kind"], organizer_email=person.email, **told
    )
    return execute(command)


def timezone_of(jurisdiction: str) -> str:
    """The usual zone of a jurisdiction, as its playbook has it."""
    found = services().campaign.ask("casework", caller(), {})["jurisdictions"]
    zone = next((str(j["timezone"]) for j in found if j["id"] == jurisdiction), None)
    if zone is None:
        raise Refused("jurisdiction-unknown", {"field": "jurisdiction"})
    return zone


def revise(inputs: Inputs) -> Any:
    if not inputs.body:
        raise invalid(fault("", "title", "missing"))
    return execute(c.ReviseCampaign(inputs.path["campaign"], **inputs.body))


def show(inputs: Inputs) -> Any:
    """The page's words from campaign, with the numbers of the public copy beside them."""
    page = services().campaign.ask("join-page", caller(), {"campaign": str(inputs.path["campaign"])})
    public = services().progress.find(str(inputs.path["campaign"]))
    return {**page, "progress": public.document if public else None}


ENDPOINTS = (
    Endpoint(
        "POST",
        "/campaigns",
        "launch-campaign",
        "Start a campaign as a draft; whoever starts it organizes it.",
        launch,
        body=schemas.Launch,
        status=201,
        answer=obj(campaign=ID, version=COUNT, optional=("version",)),
        errors=("jurisdiction-unknown", "problem-unknown", "timezone-unknown"),
    ),
    Endpoint(
        "GET",
        ONE,
        "show-campaign",
        "What a campaign is about, with its public numbers.",
        show,
        person="anyone",
        answer=obj(campaign=ID, state=TEXT, title=TEXT, progress=maybe(PROGRESS)),
    ),
    Endpoint(
        "PATCH",
        ONE,
        "revise-campaign",
        "Change title or summary.",
        revise,
        body=schemas.Revise,
        errors=("nothing-to-change", "stale-version", *_NAMED),
    ),
    act(
        "POST",
        f"{ONE}/publish",
        c.PublishCampaign,
        "Open the campaign to the public.",
        errors=("already-published", "demands-missing", "stale-version"),
    ),
    act(
        "PUT",
        f"{ONE}/demands",
        c.ReviseDemands,
        "State the demands anew; members are asked again.",
        schemas.Demands,
        errors=("nothing-to-change", "campaign-ended", "stale-version"),
        answer=obj(demand_version=COUNT),
    ),
    act(
        "POST",
        f"{ONE}/close",
        c.CloseCampaign,
        "End the campaign: resolved with an outcome, else closed.",
        errors=("campaign-not-open", "stale-version"),
        answer=obj(state=TEXT),
    ),
    act(
        "POST",
        f"{ONE}/suspend",
        c.SuspendCampaign,
        "Operator: stop joins for a reason.",
        schemas.Suspension,
        errors=("campaign-not-open",),
    ),
    act("POST", f"{ONE}/resume", c.ResumeCampaign, "Operator: let it go on.", errors=("campaign-not-suspended",)),
    act(
        "POST",
        f"{ONE}/content-removals",
        c.RemoveContent,
        "Operator: take the public words of an event away.",
        schemas.Removal,
    ),
    act(
        "POST",
        f"{ONE}/updates",
        c.PublishUpdate,
        "Tell the public and the members something.",
        schemas.Update,
        status=201,
        errors=("campaign-not-open", *_NAMED),
        tag="progress",
    ),
    act(
        "POST",
        f"{ONE}/escalations",
        c.DecideEscalation,
        "Decide to go to a further step.",
        schemas.Escalation,
        status=201,
        tag="casework",
        answer=obj(step=TEXT, warnings=WARNINGS),
        errors=("step-unknown", "precondition-missing", *_NAMED),
    ),
    act(
        "POST",
        f"{ONE}/outcome",
        c.RecordOutcome,
        "Record what was reached, demand by demand.",
        schemas.Outcome,
        errors=("demand-unknown", "outcome-empty", "amount-too-precise", "currency-unknown", *_NAMED),
    ),
    act(
        "POST",
        f"{ONE}/organizers",
        c.InviteOrganizer,
        "Invite another organizer by mail.",
        schemas.OrganizerInvitation,
        status=201,
        tag="people",
        answer=EMPTY,
        errors=("already-organizer",),
    ),
    act(
        "POST",
        f"{ONE}/organizers/accept",
        c.AcceptOrganizer,
        "Accept an invitation.",
        schemas.OrganizerAcceptance,
        tag="people",
    ),
    act(
        "DELETE",
        f"{ONE}/organizers/<uuid:organizer>",
        c.RemoveOrganizer,
        "Remove an organizer; one remains.",
        tag="people",
        errors=("last-organizer",),
    ),
    act(
        "POST",
        f"{ONE}/auditors",
        c.InviteAuditor,
        "Invite an auditor, until a day.",
        schemas.AuditorInvitation,
        status=201,
        tag="people",
        answer=obj(auditor=ID),
        errors=("already-auditor", "expiry-in-past"),
    ),
    act("DELETE", f"{ONE}/auditors/<uuid:auditor>", c.RemoveAuditor, "Remove an auditor.", tag="people"),
    ask(f"{ONE}/console", "console", "What staff of a campaign see first.", tag="people"),
    ask(
        f"{ONE}/check",
        "check",
        "What would be said before an act.",
        query=queries.Check,
        tag="casework",
        answer=obj(refusal=maybe(TEXT), warnings=many(obj(topic=TEXT, text=BOTH)), deadline=maybe(DAY)),
    ),
    ask(
        f"{ONE}/replay",
        "replay",
        "The history up to a moment, with the numbers of that moment.",
        query=queries.Replay,
        person="anyone",
        tag="history",
    ),
    ask("/casework", "casework", "Jurisdictions, steps and problems.", person="anyone", tag="casework"),
    ask(
        "/playbooks/<jurisdiction>",
        "playbook",
        "A jurisdiction's ladder with its sources.",
        person="anyone",
        tag="casework",
    ),
)
