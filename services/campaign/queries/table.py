"""Every query, who may ask it, and the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from services.campaign.queries import ballots, campaigns, cases, casework, console, evidence, history, mail, members
from services.campaign.queries.asking import Asking


class Access(Enum):
    ANYONE = auto()
    """Asks about no campaign."""
    PUBLIC = auto()
    """Anyone, once the campaign was published; before that its staff."""
    SIGNED_IN = auto()
    MEMBER = auto()
    """Of one's own record, also after leaving."""
    STAFF = auto()
    """Organizers, and auditors until their last day."""
    INVOLVED = auto()
    """Staff and members."""
    INTERNAL = auto()
    """The other services, about no campaign."""
    INTERNAL_CAMPAIGN = auto()
    """The other services, about one campaign."""


@dataclass(frozen=True, slots=True)
class Query:
    access: Access
    answer: Callable[[Asking], Any]
    reads_log: bool = False
    """For as long as it takes, once it is known who asks: it needs no row of the views, and no snapshot is kept open
    meanwhile."""


TABLE: Final[dict[str, Query]] = {
    "casework": Query(Access.ANYONE, casework.casework),
    "playbook": Query(Access.ANYONE, casework.playbook),
    "join-page": Query(Access.PUBLIC, campaigns.join_page),
    "experiences": Query(Access.PUBLIC, campaigns.experiences),
    "replay": Query(Access.PUBLIC, history.replayed, reads_log=True),
    "my-campaigns": Query(Access.SIGNED_IN, campaigns.my_campaigns),
    "my-record": Query(Access.MEMBER, members.my_record),
    "console": Query(Access.STAFF, console.console),
    "members": Query(Access.STAFF, members.members),
    "evidence": Query(Access.STAFF, evidence.evidence),
    "contacts": Query(Access.INVOLVED, cases.contacts),
    "filings": Query(Access.INVOLVED, cases.filings),
    "ballots": Query(Access.INVOLVED, ballots.ballots),
    "check": Query(Access.INVOLVED, casework.check_act),
    "content": Query(Access.INTERNAL, campaigns.content),
    "recipients": Query(Access.INTERNAL_CAMPAIGN, mail.recipients),
}
FILE: Final = Query(Access.INVOLVED, evidence.file_of)
