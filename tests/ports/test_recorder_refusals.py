"""How a request is refused: alone, wholly, and with what its refusal leaves behind."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.campaign.adapters import recorder
from services.campaign.application.store import (
    AlreadyAnswered,
    Answer,
    CampaignNotOpen,
    Commit,
    Committed,
    HandOver,
    Kind,
    StaleVersion,
    StoreBusy,
    Taken,
    UniqueKey,
    decided,
)  # fmt: skip
from services.campaign.domain.membership import Membership
from tests.support.stores import BACKENDS, START, StoreUnderTest, in_parallel


@pytest.fixture(params=BACKENDS)
def under_test(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StoreUnderTest]:
    store = StoreUnderTest(request.param, tmp_path / "data")
    yield store
    store.close()


def hand_over(campaign: UUID, body: bytes = b'{"email":"zhao.min@example.org"}') -> HandOver:
    return HandOver(uuid4(), START, "already-joined", campaign, body)


def answer(key: str, body: bytes = b"first") -> Answer:
    return Answer("join", key, b"d" * 32, body, START)


class _Held:
    """Keeps the writer in one job until released, so that what comes meanwhile is written as one group."""

    def __init__(self, under_test: StoreUnderTest) -> None:
        self._release, self._inside = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=under_test.store._do, args=(self._wait,))
        self._thread.start()
        self._inside.wait()

    def _wait(self, _: object) -> None:
        self._inside.set()
        self._release.wait()

    def release(self) -> None:
        self._release.set()
        self._thread.join()


def grouped(under_test: StoreUnderTest, works: list[Callable[[], Any]]) -> list[Any]:
    """Their outcomes when all of them are written in one transaction, in this order."""
    outcomes: list[Any] = [None] * len(works)

    def run(number: int) -> None:
        try:
            outcomes[number] = works[number]()
        except Exception as error:
            outcomes[number] = error

    held = _Held(under_test)
    threads = []
    for number in range(len(works)):
        threads.append(threading.Thread(target=run, args=(number,)))
        threads[-1].start()
        waited = time.monotonic()
        while len(under_test.store._group._queue) <= number:
            assert time.monotonic() - waited < 5
            time.sleep(0.001)
    held.release()
    for thread in threads:
        thread.join()
    return outcomes


def test_a_draft_and_a_suspended_campaign_gain_no_member(under_test: StoreUnderTest) -> None:
    campaign = under_test.drafted()
    under_test.record(campaign)
    with pytest.raises(CampaignNotOpen) as refused:
        under_test.join(campaign.id, "zhao.min@example.org")
    assert refused.value.facts["state"] == "draft"
    organizer = under_test.act("organizer", uuid4())
    campaign.publish(organizer, "标题")
    campaign.suspend(organizer, "dispute")
    under_test.record(campaign)
    with pytest.raises(CampaignNotOpen):
        under_test.join(campaign.id, "zhao.min@example.org")
    campaign.resume(organizer)
    under_test.record(campaign)
    under_test.join(campaign.id, "zhao.min@example.org")


def test_a_join_to_no_campaign_leaves_no_campaign(under_test: StoreUnderTest) -> None:
    nowhere = uuid4()
    with pytest.raises(CampaignNotOpen) as refused:
        under_test.join(nowhere, "zhao.min@example.org")
    assert refused.value.facts["state"] == "unknown"
    assert under_test.store.state(nowhere) is None


def test_a_stale_version_is_refused_and_leaves_nothing(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, "zhao.min@example.org")
    first, second = (under_test.aggregates.load(Membership, subject) for _ in range(2))
    first.confirm(under_test.act("member", subject), 1)
    second.withdraw(under_test.act("member", subject))
    under_test.record(first)
    head = under_test.store.head()
    with pytest.raises(StaleVersion):
        under_test.record(second, hand_overs=[hand_over(campaign)])
    assert under_test.store.head() == head
    assert under_test.store.hand_overs(10) == []


def test_the_same_first_event_twice_is_stale(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    member, claim = under_test.joining(campaign, "zhao.min@example.org")
    events = decided(member)
    under_test.store.commit(Commit(events))
    with pytest.raises(StaleVersion):
        under_test.store.commit(Commit(events, [claim], hand_overs=[hand_over(campaign)]))
    assert under_test.store.size(campaign) == 3
    assert under_test.store.owners(claim.key) == []
    assert under_test.store.hand_overs(10) == []


def test_a_hole_in_a_stream_is_refused(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    member, _ = under_test.joining(campaign, "zhao.min@example.org")
    member.confirm(under_test.act("member", member.id), 1)
    joined, confirmed = decided(member)
    under_test.store.commit(Commit([joined]))
    member.withdraw(under_test.act("member", member.id))
    with pytest.raises(StaleVersion):
        under_test.store.commit(Commit(decided(member)))
    under_test.store.commit(Commit([confirmed]))


def test_several_streams_are_all_or_nothing(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, "zhao.min@example.org")
    under_test.record(_confirmed(under_test, subject))
    stale = under_test.aggregates.load(Membership, subject)
    stale.take_safety_steps(under_test.act("member", subject), ["change-password"])
    under_test.record(_with_safety_step(under_test, subject))
    other, claim = under_test.joining(campaign, "li.lei@example.org")
    head = under_test.store.head()
    with pytest.raises(StaleVersion):
        under_test.record(other, stale, claims=[claim])
    assert under_test.store.head() == head
    assert under_test.store.owners(claim.key) == []
    under_test.join(campaign, "li.lei@example.org")


def _confirmed(under_test: StoreUnderTest, subject: UUID) -> Membership:
    member = under_test.aggregates.load(Membership, subject)
    member.confirm(under_test.act("member", subject), 1)
    return member


def _with_safety_step(under_test: StoreUnderTest, subject: UUID) -> Membership:
    member = under_test.aggregates.load(Membership, subject)
    member.take_safety_steps(under_test.act("member", subject), ["lock-account"])
    return member


def test_in_a_group_each_request_has_its_own_answer(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    draft = under_test.drafted()
    under_test.record(draft)
    member, claim = under_test.joining(campaign, "anna@example.org")
    doubled = decided(member)
    head = under_test.store.head()
    outcomes = grouped(
        under_test,
        [
            lambda: under_test.join(campaign, "zhao.min@example.org")[0],
            lambda: under_test.join(draft.id, "zhao.min@example.org"),
            lambda: under_test.join(campaign, "Zhao.Min+2@example.org"),
            lambda: under_test.store.commit(Commit(doubled, [claim])),
            lambda: under_test.store.commit(Commit(doubled)),
            lambda: under_test.join(campaign, "li.lei@example.org")[0],
        ],
    )
    assert [type(outcome) for outcome in outcomes] == [
        Committed, CampaignNotOpen, Taken, Committed, StaleVersion, Committed,
    ]  # fmt: skip
    assert [outcomes[i].positions for i in (0, 3, 5)] == [[head + 1], [head + 2], [head + 3]]


def test_an_unexpected_conflict_fails_its_own_request_alone(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    member, _ = under_test.joining(campaign, "anna@example.org")
    events = decided(member)
    under_test.store.commit(Commit(events))
    outcomes = grouped(
        under_test,
        [
            lambda: under_test.join(campaign, "zhao.min@example.org", on_taken=hand_over(campaign))[0],
            lambda: under_test.store.commit(Commit(events)),
            lambda: under_test.join(campaign, "zhao.min@example.org", on_taken=hand_over(campaign)),
            lambda: under_test.join(campaign, "li.lei@example.org")[0],
        ],
    )
    assert [type(outcome) for outcome in outcomes] == [Committed, StaleVersion, Taken, Committed]
    assert [leaf.position for leaf in under_test.store.select_leaves(0, 100)] == [1, 2, 3, 4, 5]
    assert len(under_test.store.hand_overs(10)) == 1


def test_a_taken_key_leaves_a_mail_and_the_answer_in_the_same_transaction(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    _, owner = under_test.join(campaign, "zhao.min@example.org")
    note = hand_over(campaign)
    with pytest.raises(Taken) as refused:
        under_test.join(campaign, "zhao.min@example.org", on_taken=note, answer=answer("k1"))
    assert (refused.value.kind, refused.value.owner) == (Kind.MEMBER, owner)
    assert under_test.store.hand_overs(10) == [replace(note, subject=owner)]
    assert under_test.store.answer("join", "k1") == answer("k1")
    assert under_test.holds(b"zhao.min@example.org") == []
    under_test.restart()
    assert under_test.store.hand_overs(10) == [replace(note, subject=owner)]
    under_test.store.forget_hand_overs([note.id])
    assert under_test.store.hand_overs(10) == []


def test_a_crash_between_key_and_row_of_a_hand_over_leaves_no_mail(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    notes = [hand_over(campaign) for _ in range(3)]
    under_test.store.commit(Commit(hand_overs=notes))
    assert [note.id for note in under_test.store.hand_overs(2)] == [note.id for note in notes[:2]]
    row_keys = [row[0] for row in under_test.store.pool.rows("SELECT key_id FROM handover ORDER BY row")]
    under_test.folder.keys.destroy(row_keys[:2])
    under_test.restart()
    assert under_test.store.hand_overs(2) == notes[2:]


def test_a_store_too_busy_to_forget_a_hand_over_holds_up_none_behind_it(
    under_test: StoreUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = under_test.campaign().id
    notes = [hand_over(campaign) for _ in range(3)]
    under_test.store.commit(Commit(hand_overs=notes))
    with monkeypatch.context() as crowd:
        crowd.setattr(under_test.store._group, "full", lambda: True)
        with pytest.raises(StoreBusy):
            under_test.store.forget_hand_overs([notes[0].id, notes[1].id])
    assert under_test.store.hand_overs(1) == notes[2:]
    assert under_test.store.pool.rows("SELECT count(*) FROM handover") == [(1,)]


def test_an_owner_may_claim_again_and_give_up(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, "zhao.min@example.org")
    old = UniqueKey(campaign, Kind.MEMBER, under_test.key("zhao.min@example.org"), subject)
    new = replace(old, key=under_test.key("min.zhao@example.org"))
    under_test.store.commit(Commit(claims=[old]))
    under_test.store.commit(Commit(claims=[new], releases=[old]))
    assert under_test.store.held_by(subject) == [new]
    assert under_test.store.owner(campaign, Kind.MEMBER, new.key) == subject
    under_test.join(campaign, "zhao.min@example.org")


def test_a_refused_exchange_of_keys_changes_nothing(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, "zhao.min@example.org")
    under_test.join(campaign, "li.lei@example.org")
    old = UniqueKey(campaign, Kind.MEMBER, under_test.key("zhao.min@example.org"), subject)
    free = replace(old, key=under_test.key("min.zhao@example.org"))
    taken = replace(old, key=under_test.key("li.lei@example.org"))
    with pytest.raises(Taken):
        under_test.store.commit(Commit(claims=[free, taken], releases=[old]))
    assert under_test.store.held_by(subject) == [old]


def test_one_person_has_one_key_in_every_campaign_and_role(under_test: StoreUnderTest) -> None:
    first, second = under_test.campaign().id, under_test.campaign().id
    _, here = under_test.join(first, "zhao.min@example.org")
    _, there = under_test.join(second, "ZHAO.MIN@EXAMPLE.ORG")
    organizer = UniqueKey(second, Kind.ORGANIZER, under_test.key("zhao.min@example.org"), uuid4())
    under_test.store.commit(Commit(claims=[organizer]))
    owners = under_test.store.owners(under_test.key("zhao.min+x@example.org"))
    found = {(o.scope, o.kind, o.owner) for o in owners}
    assert found == {
        (first, Kind.MEMBER, here), (second, Kind.MEMBER, there), (second, Kind.ORGANIZER, organizer.owner)
    }  # fmt: skip


def test_a_repeated_request_gets_the_first_answer(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    under_test.join(campaign, "zhao.min@example.org", answer=answer("k1"))
    with pytest.raises(AlreadyAnswered) as again:
        under_test.join(campaign, "li.lei@example.org", answer=answer("k1", b"second"))
    assert again.value.answer.body == b"first"
    assert under_test.store.size(campaign) == 3
    assert under_test.store.forget_answers(START) == 0
    assert under_test.store.forget_answers(START + timedelta(days=1)) == 1
    assert under_test.store.answer("join", "k1") is None


def test_old_answers_are_forgotten_a_few_at_a_time(under_test: StoreUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign, store = under_test.campaign().id, under_test.store
    old = [answer(f"k{number}") for number in range(5)]
    young = replace(answer("young"), at=START + timedelta(days=2))
    for number, each in enumerate((*old, young)):
        under_test.join(campaign, f"u{number}@example.org", answer=each)
    changed: list[int] = []
    real = store._change

    def counted(*args: Any) -> int:
        changed.append(real(*args))
        return changed[-1]

    monkeypatch.setattr(recorder, "FORGOTTEN_AT_ONCE", 2)
    monkeypatch.setattr(store, "_change", counted)
    assert store.forget_answers(START + timedelta(days=1)) == 5
    assert max(changed) == 2
    assert store.answer("join", "k4") is None
    assert store.answer("join", "young") is not None


def test_ten_requests_with_one_idempotency_key_have_one_effect(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    works = [partial(under_test.join, campaign, f"u{i}@example.org", answer=answer("k1")) for i in range(10)]
    outcomes = in_parallel(works)
    assert sum(isinstance(outcome, AlreadyAnswered) for outcome in outcomes) == 9
    assert under_test.store.size(campaign) == 3


def test_a_full_queue_says_when_to_come_again(tmp_path: Path) -> None:
    under_test = StoreUnderTest("sqlite", tmp_path / "data", max_queue=4)
    campaign = under_test.campaign().id
    held = _Held(under_test)
    outcomes: list[Any] = []
    threads = [
        threading.Thread(target=lambda n=n: outcomes.append(under_test.join(campaign, f"u{n}@example.org")))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    while len(under_test.store._group._queue) < 4:
        time.sleep(0.001)
    assert under_test.store.busy()
    with pytest.raises(StoreBusy) as refused:
        under_test.join(campaign, "late@example.org")
    assert refused.value.retry_after
    held.release()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 4
    under_test.join(campaign, "late@example.org")
    under_test.close()
    with pytest.raises(StoreBusy):
        under_test.join(campaign, "after@example.org")


def test_keys_of_a_refused_request_serve_again(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    under_test.join(campaign, "zhao.min@example.org")
    free = len(under_test.folder.keys._pool)
    for _ in range(20):
        with pytest.raises(Taken):
            under_test.join(campaign, "zhao.min@example.org")
    assert len(under_test.folder.keys._pool) == free
