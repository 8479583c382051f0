"""One command being decided: who asks, when and as what; what it changes; what the person is answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from eventsourcing.domain import Aggregate

from services.campaign.application.evidence_store import EvidenceStore
from services.campaign.application.hashes import Hashes
from services.campaign.application.people import Standing, standing
from services.campaign.application.ports import Aggregates, FileInspector, Tokens, Views
from services.campaign.application.store import HandOver, Store, UniqueKey
from services.campaign.domain.base import Act, DomainError, Role
from services.campaign.domain.campaign import Campaign
from services.campaign.domain.membership import Membership
from services.campaign.playbooks.model import Playbook, Playbooks, Step
from services.campaign.vault.erasure import DestroyableKeys
from services.contracts.commands_v1 import Caller
from services.kit.clock import Clock

if TYPE_CHECKING:
    from services.campaign.application.intake import Upload


@dataclass(frozen=True, slots=True)
class Desk:
    """All that the use cases work with, put together once."""

    store: Store
    aggregates: Aggregates
    views: Views
    tokens: Tokens
    playbooks: Playbooks
    evidence: EvidenceStore
    keys: DestroyableKeys
    inspector: FileInspector
    hashes: Hashes
    clock: Clock
    new_id: Callable[[], UUID]

    def act(self, role: Role, actor: UUID | None) -> Act:
        return Act(self.clock.now(), role, actor, self.new_id)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to record, in one transaction, and the answer once it is durable.

    `changed`: the aggregates with new events, the one the command is about first. `if_taken`: the answer when a
    claimed key has another owner; without it that is a refusal.
    """

    answer: dict[str, Any] = field(default_factory=dict)
    changed: Sequence[Aggregate] = ()
    claims: Sequence[UniqueKey] = ()
    releases: Sequence[UniqueKey] = ()
    need_open: UUID | None = None
    hand_overs: Sequence[HandOver] = ()
    on_taken: HandOver | None = None
    if_taken: dict[str, Any] | None = None
    afterwards: Callable[[], None] | None = None


class Case:
    """Made anew for each try; loads the campaign and the caller's places at most once."""

    def __init__(self, desk: Desk, caller: Caller, campaign: UUID | None, upload: "Upload | None" = None) -> None:
        self.desk = desk
        self.caller = caller
        self.campaign_id = campaign
        self.upload = upload
        self.at: datetime = desk.clock.now()

    @cached_property
    def standing(self) -> Standing:
        return standing(self.desk.store, self.caller, self._campaign_id)

    @cached_property
    def campaign(self) -> Campaign:
        return self.desk.aggregates.load(Campaign, self._campaign_id)

    @cached_property
    def membership(self) -> Membership:
        """The caller's own; raises `not-a-member` where there is none."""
        if self.standing.member is None:
            raise DomainError("not-a-member")
        return self.desk.aggregates.load(Membership, self.standing.member)

    @cached_property
    def confirmed(self) -> Membership:
        """The caller's own membership, once confirmed by mail."""
        if self.membership.state != "confirmed":
            raise DomainError("not-a-member", state=self.membership.state)
        return self.membership

    @property
    def person(self) -> bytes:
        if self.caller.person is None:
            raise DomainError("not-signed-in")
        return bytes.fromhex(self.caller.person)

    @property
    def leads(self) -> bool:
        """Whether the caller is an organizer who accepted."""
        organizer = self.standing.organizer
        return organizer is not None and self.campaign.organizers.get(organizer) == "accepted"

    @property
    def playbook(self) -> Playbook:
        return self.desk.playbooks.playbook(self.campaign.jurisdiction)

    def step(self, step_id: str) -> Step:
        try:
            return self.playbook.step(step_id)
        except KeyError:
            raise DomainError("step-unknown", step=step_id) from None

    @property
    def today(self) -> date:
        """The day in the campaign's time zone."""
        return self.at.astimezone(ZoneInfo(self.campaign.timezone)).date()

    def as_organizer(self) -> Act:
        return self.act("organizer", self.standing.organizer)

    def as_member(self) -> Act:
        return self.act("member", self.standing.member)

    def act_on(self, campaign: UUID, subject: UUID | None) -> Act:
        """As whoever made something: the member it belongs to, or any organizer where it is the campaign's.

        Another's is answered like a missing one, except to organizers, who can see it.
        """
        if campaign != self.campaign_id:
            raise DomainError("not-found")
        if subject is not None and subject == self.standing.member:
            return self.act("member", self.confirmed.id)
        if subject is None and self.leads:
            return self.as_organizer()
        raise DomainError("not-permitted" if subject is None or self.leads else "not-found")

    def act(self, role: Role, actor: UUID | None) -> Act:
        return Act(self.at, role, actor, self.desk.new_id)

    @property
    def _campaign_id(self) -> UUID:
        assert self.campaign_id is not None, "a command about no campaign asked for one"
        return self.campaign_id


def aware(at: datetime, name: str) -> datetime:
    """The instant itself; one without a time zone is refused."""
    if at.utcoffset() is None:
        raise DomainError("invalid", field=name, needed="time-zone")
    return at
