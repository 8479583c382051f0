"""Use cases of a membership: join, confirm, consent, change of address, leaving; what organizers may do about it."""

import re
from typing import Final
from uuid import UUID

from services.campaign.application.case import Case, Decision
from services.campaign.application.hashes import checked_address
from services.campaign.application.mails import CONTACT_VALID, Person, joined_again, mail, person_of
from services.campaign.application.people import former_key, member_key
from services.campaign.domain.base import DomainError
from services.campaign.domain.campaign import Campaign
from services.campaign.domain.membership import Membership
from services.campaign.domain.values import one_of
from services.contracts import commands_v1 as c

LONGEST_NAME: Final = 80
_NO_NAME: Final = re.compile(r"[=+@\-]|.*(?:://|www\.|[\x00-\x1f\x7f])", re.DOTALL | re.IGNORECASE)


def join(case: Case, command: c.JoinCampaign) -> Decision:
    """One answer for a new address and a known one; which it was is decided by the transaction itself."""
    email, campaign = checked_address(command.email), command.campaign
    subject = case.desk.new_id()
    membership = Membership.join(
        case.act("member", subject), campaign, subject, email=email, name=_name(command.name), locale=command.locale
    )
    return Decision(
        changed=[membership],
        claims=[member_key(campaign, case.desk.hashes.person(email), subject)],
        need_open=campaign,
        on_taken=joined_again(case.desk.new_id(), case.at, campaign),
        if_taken={},
    )


def confirm(case: Case, command: c.ConfirmMembership) -> Decision:
    """By the link in the mail. Repeated, by fifty at once or by a mail scanner, it is harmless."""
    token = case.desk.tokens.resolve("confirm", command.token, case.at)
    membership, events = case.desk.aggregates.history(Membership, token.subject)
    person = person_of(events)
    if person is None:
        raise DomainError("token-invalid")
    campaign = case.desk.aggregates.load(Campaign, token.campaign)
    act = case.act("member", membership.id)
    first = membership.confirm(act, campaign.demand_version)
    answer = {
        "campaign": str(campaign.id),
        "subject": str(membership.id),
        "first": first,
        "person": case.desk.hashes.person(person.email).hex(),
        "email": person.email,
        "locale": person.locale,
    }
    return Decision(answer, [membership], need_open=campaign.id)


def consent(case: Case, command: c.GiveConsent) -> Decision:
    act, membership = case.as_member(), case.confirmed
    one_of(command.to, ("demands", "filing", "contact"), "to")
    if command.to == "demands":
        current = case.campaign.demand_version
        membership.consent_to_demands(act, command.demand_version or current, current)
    elif command.to == "filing":
        if command.step is None:
            raise DomainError("step-unknown", step=None)
        membership.consent_to_filing(act, case.step(command.step).id)
    else:
        membership.consent_to_contact(act)
    return Decision(changed=[membership])


def change_contact(case: Case, command: c.ChangeContact) -> Decision:
    """Nothing changes yet: a link goes to the new address, which alone can open what it stands for."""
    address = checked_address(command.email)
    case.desk.hashes.person(address)
    membership = case.confirmed
    expires = case.at + CONTACT_VALID
    token = case.desk.tokens.issue("contact", membership.campaign, membership.id, expires, address.encode())
    person = Person(address, "", membership.locale)
    facts = {"token": token, "link": "contact"}
    note = mail(case.desk.new_id(), case.at, "confirmation", membership.campaign, person, facts)
    return Decision(hand_overs=[note])


def confirm_contact_change(case: Case, command: c.ConfirmContactChange) -> Decision:
    token = case.desk.tokens.resolve("contact", command.token, case.at)
    membership, events = case.desk.aggregates.history(Membership, token.subject)
    person = person_of(events)
    if person is None or token.secret is None:
        raise DomainError("token-invalid")
    address = token.secret.decode()
    before = case.desk.hashes.person(person.email).hex()
    answer = {"campaign": str(token.campaign), "subject": str(membership.id), "old_person": before}
    if address == person.email:
        return Decision(answer)
    membership.change_contact(case.act("member", membership.id), address)
    old = member_key(token.campaign, case.desk.hashes.person(person.email), membership.id)
    new = member_key(token.campaign, case.desk.hashes.person(address), membership.id)
    return Decision(answer, [membership], claims=[new], releases=[old] if old != new else [])


def take_safety_steps(case: Case, command: c.TakeSafetySteps) -> Decision:
    case.membership.take_safety_steps(case.as_member(), command.taken)
    return Decision(changed=[case.membership])


def rate(case: Case, command: c.RateOutcome) -> Decision:
    case.membership.rate(case.as_member(), command.satisfied, command.text)
    return Decision(changed=[case.membership])


def withdraw(case: Case, _: c.WithdrawMembership) -> Decision:
    """The address is free to join again at once; its owner can still find, and erase, what was before."""
    membership = case.membership
    membership.withdraw(case.as_member())
    return Decision(
        changed=[membership],
        releases=[member_key(membership.campaign, case.person, membership.id)],
        claims=[former_key(case.person, membership.id)],
    )


def invalidate(case: Case, command: c.InvalidateMembership) -> Decision:
    membership = member_of(case, command.subject)
    membership.invalidate(case.as_organizer(), command.reason)
    return Decision(changed=[membership])


def reinstate(case: Case, command: c.ReinstateMembership) -> Decision:
    """While it is open only: a campaign that ended gains nobody."""
    membership = member_of(case, command.subject)
    membership.reinstate(case.as_organizer())
    return Decision(changed=[membership], need_open=case.campaign_id)


def member_of(case: Case, subject: UUID) -> Membership:
    """A member of this campaign; raises `not-found` for anybody else."""
    membership = case.desk.aggregates.load(Membership, subject)
    if membership.campaign != case.campaign_id:
        raise DomainError("not-found")
    return membership


def _name(name: str) -> str:
    """A name as typed; what is no name but a formula, a link or control characters is refused."""
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or _NO_NAME.match(name):
        raise DomainError("invalid", field="name")
    return name
