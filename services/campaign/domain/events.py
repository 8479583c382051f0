"""All event classes, by topic: the vocabulary of the history on one page."""

from typing import Any

from eventsourcing.utils import get_topic

from services.campaign.domain.ballot import Ballot, Vote
from services.campaign.domain.base import Recorded
from services.campaign.domain.campaign import Campaign
from services.campaign.domain.contact import Contact
from services.campaign.domain.evidence import Evidence
from services.campaign.domain.filing import Filing
from services.campaign.domain.membership import Membership

AGGREGATES: tuple[type[Any], ...] = (Campaign, Membership, Evidence, Contact, Filing, Ballot, Vote)

EVENTS: dict[str, type[Recorded]] = {
    get_topic(member): member
    for aggregate in AGGREGATES
    for name, member in vars(aggregate).items()
    if isinstance(member, type) and issubclass(member, Recorded) and name not in ("Event", "Created")
}
"""`<aggregate>.<past tense>` to class; the library resolves stored topics through the same names."""
