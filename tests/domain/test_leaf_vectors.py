"""The stored form of an event, byte for byte: the published vectors, and what the format refuses."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.campaign.domain.base import DomainError, Erased
from services.campaign.domain.campaign import Campaign
from services.campaign.domain.events import EVENTS
from services.campaign.domain.filing import Filing
from services.campaign.domain.membership import Membership
from services.campaign.vault.encoder import LeafError, StoredLeaf, digest_of, encode
from services.campaign.vault.leaf import LeafMapper
from services.kit.failures import PermanentFailure

CAMPAIGN = UUID("7d0c2a52-8c43-4f0e-9a11-3c1d5b7e9f01")
MEMBER = UUID("b2f6c1de-5a77-4e0b-8f2d-90aa1c3e4d05")
JOINED = (
    b'{"_sd":["Isq8u6yWUjBJwO32GriGURiT9k0odWV_IFPPbBC2_jc","RJVgwpyqmvnGI22KOVx6xWh4mJ-YChPMFZbenCtYIQQ",'
    b'"TAIsko4Tix-vNPBrFa1EqBUz21q9hrft64l3Zect5Os","lSRRTXP2fPFVN2AZm0og3p2VGPIOB6tkCOfk5ntDUdE"],'
    b'"_sd_alg":"sha-256","actor":{"id":"b2f6c1de-5a77-4e0b-8f2d-90aa1c3e4d05","role":"member"},'
    b'"campaign":"7d0c2a52-8c43-4f0e-9a11-3c1d5b7e9f01","data":{"locale":"zh-CN"},'
    b'"id":"5f0d9a3c-7e21-4b84-9c06-d1e2f3a4b5c6","n":1,"stream":"b2f6c1de-5a77-4e0b-8f2d-90aa1c3e4d05",'
    b'"subject":"b2f6c1de-5a77-4e0b-8f2d-90aa1c3e4d05","time":"2026-03-02T02:00:00Z","type":"membership.joined",'
    b'"v":1,"version":1}'
)
PUBLISHED = (
    b'{"_sd":["HbXXgGwMeqSmXRkXXwHDxATqd6Hjm3Hot0ZiPBOZ1iY","_rWyca0YsJ3u5m0QKWS9pE8_9U2rHNi4hDuvbYoAqWc",'
    b'"dvuCRgLQrbQ0EsE7bP3vPaQv2pWlH1X-z93kaFe2t8U","zNngymQltF5R53-Er3O65WF8b9qSR-85IUzUqyxa32g"],'
    b'"_sd_alg":"sha-256","actor":{"id":"e1a4d7c0-2b93-4d6f-a5c8-7f0e1d2c3b4a","role":"organizer"},'
    b'"campaign":"7d0c2a52-8c43-4f0e-9a11-3c1d5b7e9f01","data":{"demand_version":1,"jurisdiction":"cn",'
    b'"problem":"duplicate_charge"},"id":"0c9e8d7b-6a5f-4e3d-b2c1-a0f9e8d7c6b5","n":2,'
    b'"stream":"7d0c2a52-8c43-4f0e-9a11-3c1d5b7e9f01","time":"2026-03-02T01:20:00Z","type":"campaign.published",'
    b'"v":1,"version":1}'
)
LAPSED = (
    b'{"actor":{"role":"system"},"campaign":"7d0c2a52-8c43-4f0e-9a11-3c1d5b7e9f01","data":{"deadline":"2026-03-24",'
    b'"step":"cn-psp-formal"},"id":"a1b2c3d4-e5f6-4789-8abc-def012345678","n":4,'
    b'"stream":"3e2d1c0b-9a8f-4e7d-b6c5-a4f3e2d1c0b9","time":"2026-03-24T16:00:00Z","type":"filing.deadline_lapsed",'
    b'"v":1,"version":1}'
)


def known_entropy(*names: str) -> Callable[[int], bytes]:
    raw = b"".join(hashlib.sha256(name.encode()).digest() for name in names)
    return lambda count: raw[:count]


def made(event_class: Any, **facts: Any) -> Any:
    return event_class(**facts)


def joined(**other: Any) -> Membership.MemberJoined:
    facts: dict[str, Any] = {
        "originator_topic": "membership", "originator_id": MEMBER, "originator_version": 1, "campaign": CAMPAIGN,
        "event_id": UUID("5f0d9a3c-7e21-4b84-9c06-d1e2f3a4b5c6"), "role": "member", "actor": MEMBER,
        "subject": MEMBER, "timestamp": datetime(2026, 3, 2, 2, tzinfo=UTC), "locale": "zh-CN",
        "email": "zhao.min@example.org", "name": "赵敏", "at": "2026-03-02T02:00:17.512Z",
    }  # fmt: skip
    return Membership.MemberJoined(**{**facts, **other})


def stated(**other: Any) -> Membership.ClaimStated:
    facts: dict[str, Any] = {
        "originator_id": MEMBER, "originator_version": 3, "campaign": CAMPAIGN, "event_id": UUID(int=7),
        "role": "member", "actor": MEMBER, "subject": MEMBER, "timestamp": datetime(2026, 3, 2, 2, tzinfo=UTC),
        "problem": "duplicate_charge", "remedy": "refund", "amount": Decimal("328.50"), "currency": "CNY",
        "happened": "2026-02-01T10:00+08:00", "private_amount": None, "reference": None, "details": None,
        "at": "2026-03-02T02:00:17.512Z",
    }  # fmt: skip
    return Membership.ClaimStated(**{**facts, **other})


def leaf_hash(leaf: StoredLeaf) -> str:
    return hashlib.sha256(b"\0" + leaf.state).hexdigest()


def test_a_join_has_the_published_bytes() -> None:
    leaf = encode(joined(), known_entropy("test-salt-0", "test-salt-1", "test-salt-2", "test-decoy-0"))
    assert leaf.state == JOINED
    assert len(leaf.state) == 581
    assert leaf_hash(leaf) == "9f383e8377359788d64b5306fe43c367cd8f6a1d89aa7687954d7745da27f9c9"
    assert leaf.text is None
    assert leaf.personal is not None
    assert leaf.personal[1] == "WyJMbkpXbGM4UXliMC1veEswNWNKRkxHaEJyaXhqS2hyRmNoZGVOZVFkSTJjIiwibmFtZSIsIui1teaVjyJd"
    assert digest_of(leaf.personal[1]) == "Isq8u6yWUjBJwO32GriGURiT9k0odWV_IFPPbBC2_jc"


def test_a_publication_has_the_published_bytes() -> None:
    event = made(
        Campaign.CampaignPublished,
        originator_id=CAMPAIGN, originator_version=2, timestamp=datetime(2026, 3, 2, 1, 20, tzinfo=UTC),
        event_id=UUID("0c9e8d7b-6a5f-4e3d-b2c1-a0f9e8d7c6b5"), campaign=CAMPAIGN, role="organizer",
        actor=UUID("e1a4d7c0-2b93-4d6f-a5c8-7f0e1d2c3b4a"), subject=None, demand_version=1, jurisdiction="cn",
        problem="duplicate_charge", title="青禾钱包重复扣款,要求全额退款",
    )  # fmt: skip
    leaf = encode(event, known_entropy("test-salt-3", "test-decoy-1", "test-decoy-2", "test-decoy-3"))
    assert leaf.state == PUBLISHED
    assert len(leaf.state) == 587
    assert leaf_hash(leaf) == "a5665c533ea9dc23f3ee9d25540cf624a8f973f7e5795f945f37167f41bd41c7"
    assert leaf.personal is None
    assert leaf.text is not None
    assert len(leaf.text) == 1


def test_a_lapsed_deadline_has_the_published_bytes() -> None:
    stream = UUID("3e2d1c0b-9a8f-4e7d-b6c5-a4f3e2d1c0b9")
    event = made(
        Filing.DeadlineLapsed,
        originator_id=stream, originator_version=4, timestamp=datetime(2026, 3, 24, 16, tzinfo=UTC),
        event_id=UUID("a1b2c3d4-e5f6-4789-8abc-def012345678"), campaign=CAMPAIGN, role="system", actor=None,
        subject=None, deadline=date(2026, 3, 24), step="cn-psp-formal",
    )  # fmt: skip
    leaf = encode(event)
    assert leaf.state == LAPSED
    assert len(leaf.state) == 311
    assert leaf_hash(leaf) == "ace8be1663511d75eef63006ac51e5597379334477e887f696104d9b33f03964"
    assert (leaf.personal, leaf.text, leaf.holder) == (None, None, stream)


def test_an_event_comes_back_as_it_was() -> None:
    mapper = LeafMapper(EVENTS)
    for event in (joined(), stated(), stated(amount=None, currency=None, details="两笔扣款")):
        back = mapper.to_domain_event(mapper.to_stored_event(event))
        assert type(back) is type(event)
        assert back == event


def test_erased_fields_load_as_erased_and_absent_ones_as_absent() -> None:
    mapper = LeafMapper(EVENTS)
    leaf = encode(stated())
    present = mapper.to_domain_event(leaf)
    assert isinstance(present, Membership.ClaimStated)
    assert present.reference is None
    gone = StoredLeaf(
        leaf.stream, 3, leaf.topic, leaf.state, leaf.event_id, leaf.campaign, leaf.subject, None, None
    )  # fmt: skip
    erased = mapper.to_domain_event(gone)
    assert isinstance(erased, Membership.ClaimStated)
    assert erased.happened is Erased
    assert erased.reference is Erased
    assert erased.amount == Decimal("328.50")


def test_optional_fields_do_not_show_by_their_number() -> None:
    assert len(encode(stated()).state) == len(encode(stated(reference="A1", details="短")).state)


@pytest.mark.parametrize(
    "event",
    [
        joined(timestamp=datetime(2026, 3, 2, 2, 0, 0, 5, tzinfo=UTC)),
        joined(timestamp=datetime(2026, 3, 2, 2, 30, tzinfo=UTC)),
        joined(timestamp=datetime(2026, 3, 2, 2, tzinfo=timezone(timedelta(hours=8)))),
        joined(locale=1),
        joined(locale=None, name=1.5),
        joined(email=Erased),
        joined(email="\ud800@example.org"),
        stated(amount=328.5),
        stated(amount=Decimal("NaN")),
    ],
)
def test_what_has_no_place_in_a_leaf_is_refused(event: Any) -> None:
    with pytest.raises(LeafError):
        encode(event)


def test_an_event_too_large_for_the_public_log_is_refused() -> None:
    with pytest.raises(DomainError) as refused:
        encode(joined(locale="x" * 66_000))
    assert refused.value.code == "event-too-large"


def test_a_field_that_the_type_does_not_know_is_refused() -> None:
    event = joined()
    event.__dict__["phone"] = "+86 139"
    with pytest.raises(LeafError):
        encode(event)


def test_a_leaf_under_another_name_or_place_is_not_read() -> None:
    mapper = LeafMapper(EVENTS)
    leaf = encode(joined())
    for stream, version, topic in (
        (UUID(int=1), 1, "membership.joined"),
        (MEMBER, 2, "membership.joined"),
        (MEMBER, 1, "membership.withdrew"),
        (MEMBER, 1, "os.path"),
    ):
        moved = StoredLeaf(stream, version, topic, leaf.state, leaf.event_id, CAMPAIGN, MEMBER, None, None)
        with pytest.raises(PermanentFailure):
            mapper.to_domain_event(moved)


def test_a_disclosure_that_the_leaf_did_not_commit_to_is_not_believed() -> None:
    leaf, other = encode(joined()), encode(joined(email="li.lei@example.org"))
    forged = StoredLeaf(
        MEMBER, 1, leaf.topic, leaf.state, leaf.event_id, CAMPAIGN, MEMBER, other.personal, None
    )  # fmt: skip
    with pytest.raises(PermanentFailure, match="leaf-unreadable"):
        LeafMapper(EVENTS).to_domain_event(forged)


def test_an_older_version_is_lifted_to_the_present_one() -> None:
    class Newer(Membership.MemberConfirmed):
        class_version = 2
        weight: int

        @staticmethod
        def upcast_v1_v2(state: dict[str, Any]) -> None:
            state["weight"] = 1

    old = made(
        Membership.MemberConfirmed,
        originator_id=MEMBER, originator_version=2, timestamp=datetime(2026, 3, 2, 2, tzinfo=UTC), event_id=UUID(int=9),
        campaign=CAMPAIGN, role="member", actor=MEMBER, subject=MEMBER, demand_version=1, at=None,
    )  # fmt: skip
    lifted = LeafMapper({"membership.confirmed": Newer}).to_domain_event(encode(old))
    assert (lifted.__dict__["weight"], lifted.__dict__["demand_version"]) == (1, 1)
