"""What a person is in a campaign, found by the keyed hash of their address."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from services.campaign.application.ports import Aggregates
from services.campaign.application.store import Kind, Store, UniqueKey
from services.campaign.domain.membership import Membership
from services.contracts.commands_v1 import Caller


@dataclass(frozen=True, slots=True)
class Standing:
    """One person's places in one campaign; an organizer may still be invited only, an auditor expired."""

    member: UUID | None = None
    organizer: UUID | None = None
    auditor: UUID | None = None

    @property
    def none(self) -> bool:
        return self.member is None and self.organizer is None and self.auditor is None


def standing(store: Store, caller: Caller, campaign: UUID) -> Standing:
    if caller.person is None:
        return Standing()
    held = {key.kind: key.owner for key in store.owners(bytes.fromhex(caller.person)) if key.scope == campaign}
    return Standing(held.get(Kind.MEMBER), held.get(Kind.ORGANIZER), held.get(Kind.AUDITOR))


def former_memberships(store: Store, aggregates: Aggregates, caller: Caller, campaign: UUID) -> Iterator[Membership]:
    """Memberships that this person ended by withdrawing, and did not erase."""
    for key in store.owners(bytes.fromhex(caller.person or "")):
        if key.kind == Kind.FORMER_MEMBER:
            membership = aggregates.load(Membership, key.owner)
            if membership.campaign == campaign:
                yield membership


def member_key(campaign: UUID, person: bytes, subject: UUID) -> UniqueKey:
    """One person, one membership at a time."""
    return UniqueKey(campaign, Kind.MEMBER, person, subject)


def former_key(person: bytes, subject: UUID) -> UniqueKey:
    """Leads a person who withdrew back to what is still kept of them; erasure takes it away."""
    return UniqueKey(subject, Kind.FORMER_MEMBER, person, subject)
