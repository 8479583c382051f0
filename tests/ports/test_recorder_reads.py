"""What can be read back: the log, opened fields, public words, aggregates, and the library's own ways in."""

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import orjson
import pytest
from eventsourcing.persistence import IntegrityError

from services.campaign.application.store import Commit
from services.campaign.domain.base import DomainError, Erased
from services.campaign.domain.campaign import Campaign
from services.campaign.domain.evidence import Evidence
from services.campaign.domain.membership import Membership
from services.kit.failures import PermanentFailure
from tests.support.stores import BACKENDS, StoreUnderTest


@pytest.fixture(params=BACKENDS)
def under_test(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreUnderTest]:
    store = StoreUnderTest(request.param, tmp_path / "data")
    yield store
    store.close()


def test_leaves_are_the_public_bytes_in_order(under_test: StoreUnderTest) -> None:
    first, second = under_test.campaign().id, under_test.campaign().id
    under_test.join(first, "zhao.min@example.org")
    leaves = under_test.store.select_leaves(0, 100)
    assert [(leaf.position, leaf.campaign, leaf.log_index) for leaf in leaves] == [
        (1, first, 0), (2, first, 1), (3, second, 0), (4, second, 1), (5, first, 2),
    ]  # fmt: skip
    assert under_test.store.select_leaves(3, 1) == leaves[3:4]
    assert under_test.store.leaves(first, 1, 1) == leaves[1:2]
    assert under_test.store.leaves(uuid4(), 0, 10) == []
    assert (under_test.store.head(), under_test.store.size(first), under_test.store.size(uuid4())) == (5, 3, 0)
    for leaf in leaves:
        assert orjson.loads(leaf.state)["type"] == leaf.type
        assert b"zhao.min" not in leaf.state


def test_a_request_is_named_beside_its_events_and_in_no_leaf(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    correlation = str(uuid4())
    under_test.join(campaign, "zhao.min@example.org", correlation=correlation)
    leaves = under_test.store.select_leaves(0, 10)
    assert [leaf.correlation for leaf in leaves] == [None, None, correlation]
    assert under_test.store.leaves(campaign, 0, 10) == leaves
    assert not any(correlation.encode() in leaf.state for leaf in leaves)


def test_an_event_opens_by_its_position(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    committed, _ = under_test.join(campaign, "Zhao.Min@example.org")
    opened = under_test.store.open_event(committed.positions[0])
    assert (opened["email"], opened["name"]) == ("Zhao.Min@example.org", "赵敏")
    assert under_test.store.open_event(1)["organizer_email"] == "chen.jing@example.org"
    assert under_test.store.open_event(99) is Erased
    assert set(under_test.store.open_events(range(1, 2000))) == {1, 2, 3}


def test_public_words_are_served_by_event_and_can_be_taken_away(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign()
    under_test.join(campaign.id, "zhao.min@example.org")
    ids = [orjson.loads(leaf.state)["id"] for leaf in under_test.store.leaves(campaign.id, 0, 10)]
    drafted, published, joined = (UUID(text) for text in ids)
    words = under_test.store.content([drafted, published, joined, uuid4()])
    assert set(words) == {drafted, published}
    assert words[published] == {"title": "青禾钱包重复扣款"}
    assert len(under_test.store.disclosures([drafted])[drafted]) == 4
    before = under_test.store.leaves(campaign.id, 0, 10)

    under_test.store.remove_content([published])
    assert set(under_test.store.content([drafted, published])) == {drafted}
    assert under_test.store.leaves(campaign.id, 0, 10) == before
    assert under_test.store.open_event(2) is Erased
    _, history = under_test.aggregates.history(Campaign, campaign.id)
    assert history[1].__dict__["title"] is Erased
    assert history[0].__dict__["title"] == "青禾钱包重复扣款"


def test_evidence_of_a_member_is_sealed_under_the_members_key(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, "zhao.min@example.org")
    evidence = _evidence(under_test, campaign, subject)
    committed = under_test.record(evidence)
    assert under_test.store.open_event(committed.positions[0])["file_name"] == "截图.png"
    keys = under_test.store.key_ids(subject)
    assert len(keys) == 1
    assert under_test.store.sealed_under(keys) == [3, 4]
    assert under_test.store.key_ids(evidence.id) == keys


def _evidence(under_test: StoreUnderTest, campaign: UUID, subject: UUID) -> Evidence:
    facts = {
        "kind": "screenshot", "file_name": "截图.png", "media_type": "image/png", "size": 4096, "digest": "ab" * 32,
        "captured": None, "note": None, "blob": "0" * 32, "file_key": "k" * 43,
    }  # fmt: skip
    act = under_test.act("member", subject)
    return Evidence._create(Evidence.EvidenceSubmitted, id=uuid4(), **facts, **act.dated(campaign, subject))


def test_a_stream_without_a_subject_has_a_key_of_its_own(under_test: StoreUnderTest) -> None:
    first, second = under_test.campaign(), under_test.campaign()
    invited = uuid4()
    first.invite_organizer(under_test.act("organizer", uuid4()), invited, "wang.fang@example.org", "zh-CN")
    committed = under_test.record(first)
    assert under_test.store.open_event(committed.positions[0])["organizer_email"] == "wang.fang@example.org"
    assert len(under_test.store.key_ids(first.id)) == 1
    assert under_test.store.key_ids(first.id) != under_test.store.key_ids(second.id)


def test_deciding_opens_nothing_and_history_opens_all(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, "zhao.min@example.org")
    member, history = under_test.aggregates.history(Membership, subject)
    assert history[0].__dict__["email"] == "zhao.min@example.org"
    assert member.__dict__ == under_test.aggregates.load(Membership, subject).__dict__
    for kind, sought in ((Membership, uuid4()), (Membership, campaign), (Campaign, subject)):
        with pytest.raises(DomainError) as refused:
            under_test.aggregates.load(kind, sought)
        assert refused.value.code == "not-found"


def test_the_library_saves_and_loads_the_same_way(under_test: StoreUnderTest) -> None:
    application = under_test.folder.application
    campaign = under_test.drafted()
    recordings = application.save(campaign)
    assert [recording.notification.id for recording in recordings] == [1]
    again: Campaign = application.repository.get(campaign.id)
    stale: Campaign = application.repository.get(campaign.id)
    again.publish(under_test.act("organizer", uuid4()), "标题")
    stale.publish(under_test.act("organizer", uuid4()), "标题")
    application.save(again)
    with pytest.raises(IntegrityError):
        application.save(stale)
    assert under_test.store.state(campaign.id) == "open"
    section = application.notification_log["1,10"]
    assert [item.topic for item in section.items] == ["campaign.drafted", "campaign.published"]
    chosen = under_test.store.select_notifications(1, 10, topics=["campaign.published"])
    assert [item.id for item in chosen] == [2]
    assert under_test.store.select_notifications(1, 10, stop=1, inclusive_of_start=False) == []


def test_listeners_are_woken_after_the_commit(under_test: StoreUnderTest) -> None:
    woken = threading.Event()
    heads: list[int] = []

    def wake() -> None:
        heads.append(under_test.store.head())
        woken.set()

    under_test.store.listen(wake)
    under_test.record(under_test.drafted())
    assert woken.wait(5)
    assert heads == [1]


def test_a_listener_that_fails_harms_no_one(under_test: StoreUnderTest) -> None:
    def fail() -> None:
        raise RuntimeError("listener")

    under_test.store.listen(fail)
    for _ in range(3):
        under_test.campaign()
    assert under_test.store.head() == 6


def test_a_seal_moved_to_another_event_does_not_open(tmp_path: Path) -> None:
    under_test = StoreUnderTest("sqlite", tmp_path / "data")
    campaign = under_test.campaign().id
    committed = [under_test.join(campaign, f"u{i}@example.org")[0].positions[0] for i in range(2)]
    under_test.close()
    db = sqlite3.connect(tmp_path / "data" / "events.db")
    (first,), (second,) = (
        db.execute("SELECT blob FROM sealed WHERE notification_id=?", (at,)).fetchone() for at in committed
    )
    db.execute("UPDATE sealed SET blob=? WHERE notification_id=?", (second, committed[0]))
    db.execute(
        "UPDATE sealed SET blob=?, key_id=(SELECT key_id FROM sealed WHERE notification_id=?) WHERE notification_id=?",
        (first, committed[0], committed[1]),
    )
    db.commit()
    db.close()
    under_test = StoreUnderTest("sqlite", tmp_path / "data")
    for position in committed:
        with pytest.raises(PermanentFailure, match="seal-broken"):
            under_test.store.open_event(position)
    under_test.close()


def test_a_data_folder_of_an_earlier_version_opens(tmp_path: Path) -> None:
    under_test = StoreUnderTest("sqlite", tmp_path / "data")
    campaign = under_test.campaign().id
    under_test.close()
    db = sqlite3.connect(tmp_path / "data" / "events.db")
    db.execute("ALTER TABLE stored_events DROP COLUMN correlation")
    db.close()
    under_test = StoreUnderTest("sqlite", tmp_path / "data")
    under_test.join(campaign, "zhao.min@example.org", correlation="c1")
    assert [leaf.correlation for leaf in under_test.store.select_leaves(0, 10)] == [None, None, "c1"]
    under_test.close()


def test_an_empty_request_is_no_event(under_test: StoreUnderTest) -> None:
    assert under_test.store.commit(Commit()).positions == []
    assert under_test.store.head() == 0
