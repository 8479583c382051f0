"""Which event mails whom: one table, event type to what is remembered of it and what is sent because of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from services.notifier.domain.kinds import MEMBERS
from services.notifier.inbox import memory
from services.notifier.inbox.desk import Desk
from services.notifier.inbox.leaves import Leaf
from services.notifier.inbox.plans import (
    deadline_near,
    invite,
    only_if,
    promise_broken,
    send,
    the_subject,
    who_filed,
    whom_asked,
)  # fmt: skip

Plan = Callable[[Desk, Leaf], None]


def all_members(desk: Desk, leaf: Leaf) -> list[str]:
    return [MEMBERS]


HANDLERS: Final[dict[str, tuple[Plan, ...]]] = {
    # campaigns and who leads them
    "campaign.drafted": (memory.campaign_drafted,),
    "campaign.published": (memory.words_of_campaign,),
    "campaign.revised": (memory.words_of_campaign,),
    "campaign.organizer_invited": (memory.organizer_invited, invite("organizer")),
    "campaign.organizer_accepted": (memory.organizer_accepted,),
    "campaign.organizer_removed": (memory.organizer_removed,),
    "campaign.auditor_invited": (invite("auditor"),),
    # news to every confirmed member
    "campaign.demands_revised": (memory.words_of_campaign, send("demands-revised", all_members)),
    "campaign.update_published": (send("update", all_members),),
    "campaign.outcome_recorded": (send("outcome", all_members),),
    "ballot.opened": (send("ballot-opened", all_members),),
    # members
    "membership.joined": (memory.member_joined, send("confirmation", the_subject)),
    "membership.confirmed": (memory.member_confirmed, send("welcome", the_subject)),
    "membership.safety_step_taken": (send("safety-record", the_subject),),
    "membership.withdrew": (memory.member_is("withdrawn"),),
    "membership.invalidated": (memory.member_invalidated,),
    "membership.reinstated": (memory.member_reinstated,),
    "membership.subject_erased": (memory.member_is("erased"),),
    "evidence.reviewed": (only_if("verdict", "more-needed", send("evidence-more-needed", the_subject)),),
    # filings, their deadlines, and promises
    "filing.submitted": (memory.filing_submitted, deadline_near),
    "filing.receipt_recorded": (memory.deadline_set, deadline_near),
    "filing.deadline_extended": (memory.deadline_set, deadline_near),
    "filing.deadline_lapsed": (memory.filing_is("lapsed"), send("deadline-lapsed", who_filed)),
    "filing.response_recorded": (memory.filing_is("answered"),),
    "filing.closed": (memory.filing_is("closed"),),
    "filing.material_requested": (send("material-requested", whom_asked),),
    "contact.logged": (memory.contact_logged,),
    "contact.promise_recorded": (memory.promise_recorded,),
    "contact.promise_broken": (promise_broken,),
}


def handle(desk: Desk, leaf: Leaf) -> None:
    """Events without a row in the table mail nobody."""
    for plan in HANDLERS.get(leaf.type, ()):
        plan(desk, leaf)
