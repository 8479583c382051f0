"""Use cases of filings: handed to a channel, followed through receipt, materials and response, closed."""

from datetime import date, datetime, time
from typing import Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from services.campaign.application.case import Case, Decision
from services.campaign.application.contacts import kept_promises
from services.campaign.application.evidence import own_evidence
from services.campaign.application.hashes import Hashes
from services.campaign.application.members import member_of
from services.campaign.application.names import refuse_names
from services.campaign.application.store import Kind, UniqueKey
from services.campaign.domain.base import Act, DomainError
from services.campaign.domain.evidence import Evidence
from services.campaign.domain.filing import Filing
from services.campaign.domain.values import one_of
from services.campaign.playbooks import rules
from services.campaign.playbooks.model import Deadline, Step
from services.contracts import commands_v1 as c

BY: Final = ("collective", "own")


def submit(case: Case, command: c.SubmitFiling) -> Decision:
    """Prepared and handed in at once. An earlier step not tried refuses, unless the filer gives a reason."""
    by: Literal["collective", "own"] = "own" if one_of(command.by, BY, "by") == "own" else "collective"
    act = _filer(case, by)
    subject = act.actor if by == "own" else None
    step = case.step(command.step)
    if by not in step.filers:
        raise DomainError("filer-not-allowed", step=step.id, allowed=step.filers)
    if by == "collective":
        refuse_names(case, command.statement, command.override_reason)
    found = _checked(case, step, by, subject, command.override_reason)
    filing = Filing.prepare(
        act, case.campaign.id, subject, case.desk.new_id(), step=step.id, statement=command.statement
    )
    clock = step.clock
    deadline = _last_day(case, clock, case.today) if clock is not None and clock.starts_at_submission else None
    filing.submit(
        act, filed_on=case.today, deadline=deadline, demand_version=case.campaign.demand_version,
        warnings=found.topics, override_reason=command.override_reason if found.refusal else None,
    )  # fmt: skip
    answer = {"filing": str(filing.id), "warnings": list(found.topics), "deadline": deadline and deadline.isoformat()}
    return Decision(answer, [filing], claims=[open_filing_key(case.desk.hashes, filing)])


def record_receipt(case: Case, command: c.RecordReceipt) -> Decision:
    """The receipt number; where the step's clock starts at the receipt, the deadline is set."""
    filing, act = _followed(case, command.filing)
    received_on = _not_after_today(case, command.received_on)
    clock = case.step(filing.step).clock
    deadline = _last_day(case, clock, received_on) if clock is not None and clock.starts_at_receipt else None
    filing.record_receipt(act, number=command.number, received_on=received_on, deadline=deadline)
    return Decision({"deadline": filing.deadline and filing.deadline.isoformat()}, [filing])


def request_material(case: Case, command: c.RequestMaterial) -> Decision:
    """Asked of one member, or of whoever filed."""
    member = None if command.member is None else member_of(case, command.member).id
    filing = case.desk.aggregates.load(Filing, command.filing or _latest(case, member))
    if filing.campaign != case.campaign_id or (member is not None and filing.subject not in (None, member)):
        raise DomainError("not-found")
    request = case.desk.new_id()
    filing.request_material(case.as_organizer(), request, member=member, asked=command.asked, until=command.until)
    return Decision({"request": str(request), "filing": str(filing.id)}, [filing])


def give_material(case: Case, command: c.GiveMaterial) -> Decision:
    """By the member who was asked, out of their own evidence; else by whoever filed."""
    filing = case.desk.aggregates.load(Filing, command.filing)
    if filing.campaign != case.campaign_id or command.request not in filing.requests:
        raise DomainError("not-found")
    asked = filing.requests[command.request] or filing.subject
    if asked is not None:
        if asked != case.standing.member:
            raise DomainError("not-permitted" if case.leads else "not-found")
        evidence, act = own_evidence(case, command.evidence), case.as_member()
    else:
        act = case.act_on(filing.campaign, None)
        evidence = case.desk.aggregates.load(Evidence, command.evidence)
    if evidence.campaign != case.campaign_id or evidence.state == "withdrawn":
        raise DomainError("evidence-withdrawn" if evidence.campaign == case.campaign_id else "not-found")
    filing.give_material(act, command.request, evidence.id, asked)
    return Decision(changed=[filing])


def record_response(case: Case, command: c.RecordResponse) -> Decision:
    """Any response answers the filing, stops its clock, and keeps what was promised at that step."""
    filing, act = _followed(case, command.filing)
    if filing.subject is None:
        refuse_names(case, command.responder, command.text)
    filing.record_response(
        act, verdict=command.verdict, responder=command.responder, text=command.text,
        responded_on=_not_after_today(case, command.responded_on),
    )  # fmt: skip
    kept = kept_promises(case, act, filing.step)
    return Decision(changed=[filing, *kept], releases=[open_filing_key(case.desk.hashes, filing)])


def extend_deadline(case: Case, command: c.ExtendDeadline) -> Decision:
    filing, act = _followed(case, command.filing)
    if filing.subject is None:
        refuse_names(case, command.reason)
    filing.extend_deadline(act, command.deadline, command.reason)
    return Decision(changed=[filing])


def close(case: Case, command: c.CloseFiling) -> Decision:
    filing, act = _followed(case, command.filing)
    filing.close(act, command.reason)
    return Decision(changed=[filing], releases=[open_filing_key(case.desk.hashes, filing)])


def open_filing_key(hashes: Hashes, filing: Filing) -> UniqueKey:
    """One open filing per step and filer; free again once it is answered or closed."""
    key = hashes.value("filing", filing.step, filing.subject or "collective")
    return UniqueKey(filing.campaign, Kind.OPEN_FILING, key, filing.id)


def _filer(case: Case, by: str) -> Act:
    if by == "own":
        return case.act("member", case.confirmed.id)
    if not case.leads:
        raise DomainError("not-permitted")
    case.campaign.must_have_been_published()
    return case.as_organizer()


def _checked(
    case: Case, step: Step, by: Literal["collective", "own"], subject: UUID | None, override: str | None
) -> rules.Check:
    case.desk.views.fresh()
    facts = case.desk.views.facts(case.campaign.id, subject)
    problem = case.desk.playbooks.problem(case.campaign.problem)
    filer = rules.COLLECTIVE if subject is None else str(subject)
    found = rules.check(case.playbook, problem, "file", step.id, by, filer, facts)
    if found.refusal is not None and not override:
        raise DomainError(found.refusal, step=step.id, warnings=found.topics)
    return found


def _followed(case: Case, filing_id: UUID) -> tuple[Filing, Act]:
    """A filing that the caller filed; any organizer follows a collective one."""
    filing = case.desk.aggregates.load(Filing, filing_id)
    return filing, case.act_on(filing.campaign, filing.subject)


def _latest(case: Case, member: UUID | None) -> UUID:
    case.desk.views.fresh()
    views, campaign = case.desk.views, case.campaign.id
    found = views.latest_filing(campaign, member) or views.latest_filing(campaign, None)
    if found is None:
        raise DomainError("not-found")
    return found


def _last_day(case: Case, clock: Deadline, start: date) -> date | None:
    """The deadline's last day, counted from the day after its start; the day in which hours end."""
    if clock.number is None:
        return None
    midnight = datetime.combine(start, time(), ZoneInfo(case.campaign.timezone))
    begin = case.at if start == case.today else midnight
    return case.playbook.calendar.due(begin, clock.number, clock.unit, case.campaign.timezone).last_day


def _not_after_today(case: Case, day: date | None) -> date:
    if day is not None and day > case.today:
        raise DomainError("happened-in-future", happened=day)
    return day or case.today
