"""Use cases of contacts: what was said to whom, what was promised, and which promises that keeps."""

from services.campaign.application.case import Case, Decision, aware
from services.campaign.domain.base import Act, DomainError
from services.campaign.domain.contact import Contact
from services.campaign.domain.values import one_of
from services.contracts import commands_v1 as c


def log(case: Case, command: c.LogContact) -> Decision:
    """A contact keeps the promises that the same person noted at the same step before."""
    step = case.step(command.step).id
    act = _acting(case, command.by)
    subject = act.actor if act.role == "member" else None
    contact = Contact.log(
        act, case.campaign.id, subject, case.desk.new_id(), step=step, channel=command.channel, agent=command.agent,
        staff_number=command.staff_number, said=command.said,
    )  # fmt: skip
    return Decision({"contact": str(contact.id)}, [contact, *kept_promises(case, act, step)])


def record_promise(case: Case, command: c.RecordPromise) -> Decision:
    contact = case.desk.aggregates.load(Contact, command.contact)
    act = case.act_on(contact.campaign, contact.subject)
    promise = case.desk.new_id()
    contact.record_promise(act, promise, aware(command.until, "until"), command.what)
    return Decision({"promise": str(promise)}, [contact])


def kept_promises(case: Case, act: Act, step: str) -> list[Contact]:
    """Whoever was promised something at this step has now been answered there."""
    assert act.actor is not None
    case.desk.views.fresh()
    found = case.desk.views.open_promises(case.campaign.id, act.actor, step)
    contacts = [case.desk.aggregates.load(Contact, contact) for contact in found]
    for contact in contacts:
        contact.keep_promises(act)
    return contacts


def _acting(case: Case, by: str | None) -> Act:
    """As what the contact is logged: as asked for, else as what the caller is; organizer before member."""
    if by is not None:
        one_of(by, ("own", "collective"), "by")
    if by == "own" or (by is None and not case.leads):
        return case.act("member", case.confirmed.id)
    if not case.leads:
        raise DomainError("not-permitted")
    return case.as_organizer()
