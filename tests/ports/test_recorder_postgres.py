"""What PostgreSQL adds: connections that break in the middle, requests it cannot take, processes that write at once."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest

from services.campaign.adapters.postgres_writer import PostgresWriter
from services.campaign.adapters.waves import MAX_WAVES
from services.campaign.application.store import AlreadyAnswered, Answer, Committed, HandOver, StaleVersion, Taken
from services.campaign.domain.membership import Membership
from services.kit.failures import PermanentFailure, TemporaryFailure
from tests.support.stores import START, AttachedBackend, StoreUnderTest, in_parallel

CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'test'"
)


@pytest.fixture
def under_test(tmp_path: Path) -> Iterator[StoreUnderTest]:
    store = StoreUnderTest("postgres", tmp_path / "data")
    yield store
    store.close()


def beside(under_test: StoreUnderTest, tmp_path: Path) -> StoreUnderTest:
    """A second process's store on the same database."""
    second = StoreUnderTest(under_test.backend, tmp_path / "second")
    second._ticks = 1000
    return second


def whole(under_test: StoreUnderTest) -> None:
    leaves = under_test.store.select_leaves(0, 10**6)
    assert [leaf.position for leaf in leaves] == list(range(1, len(leaves) + 1))
    for campaign in {leaf.campaign for leaf in leaves}:
        own = [leaf.log_index for leaf in leaves if leaf.campaign == campaign]
        assert own == list(range(under_test.store.size(campaign)))


def breaking(writer: PostgresWriter, *, after: bool, times: int = 1) -> None:
    """The connection breaks just before the call reaches the server, or after it has committed."""
    real, broken = writer._append, [0]

    def append(items: Any, waves: Any) -> None:
        if broken[0] >= times:
            return real(items, waves)
        broken[0] += 1
        if after:
            real(items, waves)
            for item in items:
                item.result = item.error = None
        assert writer._db is not None
        writer._db.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    writer._append = append  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("call", "column", "type_of_it"),
    [("append_events", "log_indexes", "bigint[]"), ("append_newcomers", "size", "bigint")],
)
def test_a_call_that_answers_otherwise_since_a_migration_is_made_again(
    under_test: StoreUnderTest, call: str, column: str, type_of_it: str
) -> None:
    campaign = under_test.campaign().id
    answer = Answer("join", "k", b"d" * 32, b"body", START)
    given = answer if call == "append_events" else None
    under_test.join(campaign, "wang@example.org")
    assert isinstance(under_test.backend, AttachedBackend)
    ((before,),) = under_test.backend.rows("SELECT pg_get_functiondef(%s::regproc)", (call,))
    after = before.replace(f"OUT {column} {type_of_it}", f"OUT {column} {type_of_it.replace('bigint', 'numeric')}")
    assert after != before
    under_test.backend.rows(f"DROP FUNCTION {call}; {after}")
    committed, _ = under_test.join(campaign, "zhao.min@example.org", answer=given)
    assert committed.log_indexes == [3]
    whole(under_test)


@pytest.mark.parametrize("after", [False, True])
def test_a_connection_that_breaks_around_the_commit_costs_nobody_an_answer(
    under_test: StoreUnderTest, after: bool
) -> None:
    campaign = under_test.campaign().id
    breaking(under_test.store._writer, after=after)
    committed, subject = under_test.join(campaign, "zhao.min@example.org")
    assert (committed.positions, committed.log_indexes) == ([3], [2])
    assert under_test.store.open_event(3)["email"] == "zhao.min@example.org"
    with pytest.raises(Taken) as taken:
        under_test.join(campaign, "zhao.min@example.org")
    assert taken.value.owner == subject
    whole(under_test)


def test_of_a_lost_answer_each_request_learns_its_own_part(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    breaking(under_test.store._writer, after=True)
    note = HandOver(uuid4(), START, "already-joined", campaign, b"{}")
    answers = [Answer("join", f"k{i}", b"d" * 32, b"body", START) for i in range(10)]
    works = [
        partial(under_test.join, campaign, "one@example.org", answer=answers[i], on_taken=note) for i in range(10)
    ]  # fmt: skip
    outcomes = in_parallel(works)
    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1
    assert under_test.store.size(campaign) == 3
    assert len(under_test.store.hand_overs(100)) == 1
    assert all(under_test.store.answer("join", f"k{i}") is not None for i in range(10))


def test_what_is_written_again_is_sealed_under_other_keys(under_test: StoreUnderTest) -> None:
    """The lost call refused the join and left its mail; before it is repeated, the owner of the address goes."""
    campaign = under_test.campaign().id
    _, owner = under_test.join(campaign, "zhao.min@example.org")
    writer = under_test.store._writer
    breaking(writer, after=True)
    found_out = writer._asked_until

    def slow(deadline: float, items: Any) -> Any:
        found = found_out(deadline, items)
        under_test.backend.rows("DELETE FROM unique_keys WHERE owner = %s", (owner.bytes,))
        return found

    writer._asked_until = slow
    note = HandOver(uuid4(), START, "already-joined", campaign, b"{}")
    committed, _ = under_test.join(campaign, "zhao.min@example.org", on_taken=note)
    assert [waiting.id for waiting in under_test.store.hand_overs(10)] == [note.id]
    under_test.store.forget_hand_overs([note.id])
    assert under_test.store.open_event(committed.positions[0])["email"] == "zhao.min@example.org"


def test_connections_cut_under_load_lose_and_repeat_nothing(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    stop = threading.Event()

    def cut() -> None:
        while not stop.wait(0.2):
            under_test.backend.rows(CUT)

    cutting = threading.Thread(target=cut)
    cutting.start()
    acknowledged: list[str] = []

    def work(thread: int) -> None:
        for turn in range(40):
            address = f"u{thread}-{turn}@example.org"
            try:
                under_test.join(campaign, address)
            except TemporaryFailure:
                continue
            acknowledged.append(address)

    outcomes = in_parallel([partial(work, thread) for thread in range(8)])
    stop.set()
    cutting.join()
    assert outcomes == [None] * 8
    whole(under_test)
    opened = under_test.store.open_events([leaf.position for leaf in under_test.store.select_leaves(2, 10**6)])
    stored = [values["email"] for values in opened.values()]
    assert len(stored) == len(set(stored))
    assert set(acknowledged) <= set(stored)
    assert len(acknowledged) > 100


def test_keys_of_an_unknown_outcome_are_never_used_again(
    under_test: StoreUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = under_test.campaign().id
    writer = under_test.store._writer
    breaking(writer, after=True)
    free = {key.key_id for key in under_test.folder.keys._pool}
    writer._patience = 0.3
    with monkeypatch.context() as away:
        away.setattr(type(writer._address), "connect", _unreachable)
        with pytest.raises(TemporaryFailure, match="store-failed"):
            under_test.join(campaign, "zhao.min@example.org")
    newest = orjson.loads(under_test.store.select_leaves(2, 1)[0].state)["stream"]
    used = set(under_test.store.key_ids(UUID(newest)))
    assert used < free
    assert not used & {key.key_id for key in under_test.folder.keys._pool}
    with pytest.raises(Taken):
        under_test.join(campaign, "zhao.min@example.org")


def test_a_key_that_sealed_a_mail_before_the_answer_was_lost_is_never_used_again(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    under_test.join(campaign, "zhao.min@example.org")
    breaking(under_test.store._writer, after=True)
    note = HandOver(uuid4(), START, "already-joined", campaign, b"{}")
    answer = Answer("join", "k", b"d" * 32, b"body", START)
    with pytest.raises(AlreadyAnswered):
        under_test.join(campaign, "zhao.min@example.org", answer=answer, on_taken=note)
    assert [found.id for found in under_test.store.hand_overs(10)] == [note.id]
    in_use = {row[0] for row in under_test.store.pool.rows("SELECT key_id FROM handover")}
    assert not in_use & {key.key_id for key in under_test.folder.keys._pool}


def _unreachable(_: object) -> None:
    raise TemporaryFailure("store-unreachable", retry_after=1.0)


def test_what_the_database_cannot_take_fails_alone(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    poison = [Answer("join", key, b"d" * 32, b"", START) for key in ("nul\0", "half\ud800")]
    works: list[Callable[[], Any]] = [
        partial(under_test.join, campaign, f"u{i}@example.org", answer=poison[i % 2] if i in (3, 11) else None)
        for i in range(20)
    ]
    outcomes = in_parallel(works)
    refused = [i for i, outcome in enumerate(outcomes) if isinstance(outcome, PermanentFailure)]
    assert refused == [3, 11]
    assert under_test.store.size(campaign) == 2 + 18
    whole(under_test)


def test_a_commit_that_fails_at_the_very_end_is_not_told_as_stored(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    under_test.backend.rows(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100'; END $$"
    )
    under_test.backend.rows(
        "CREATE CONSTRAINT TRIGGER late AFTER INSERT ON stored_events DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    free = len(under_test.folder.keys._pool)
    with pytest.raises(TemporaryFailure, match="store-failed"):
        under_test.join(campaign, "zhao.min@example.org")
    assert under_test.store.head() == 2
    assert len(under_test.folder.keys._pool) == free
    under_test.backend.rows("DROP TRIGGER late ON stored_events")
    assert under_test.join(campaign, "zhao.min@example.org")[0].positions == [3]


def test_more_requests_for_one_thing_than_one_transaction_takes(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    count = 2 * MAX_WAVES + 10
    outcomes = in_parallel([partial(under_test.join, campaign, "one@example.org") for _ in range(count)])
    assert sum(isinstance(outcome, tuple) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Taken) for outcome in outcomes) == count - 1
    assert under_test.store.size(campaign) == 3


def test_two_processes_write_one_campaign_without_a_hole(under_test: StoreUnderTest, tmp_path: Path) -> None:
    campaign = under_test.campaign().id
    second = beside(under_test, tmp_path)
    stores = (under_test, second)

    def work(thread: int) -> int:
        joined = 0
        for turn in range(30):
            address = f"everyone-{turn}@example.org" if turn % 3 else f"u{thread}-{turn}@example.org"
            try:
                stores[thread % 2].join(campaign, address)
                joined += 1
            except Taken:
                continue
        return joined

    seen: list[int] = []
    done = threading.Event()

    def follow() -> None:
        while not done.is_set() or second.store.head() > len(seen):
            seen.extend(leaf.position for leaf in second.store.select_leaves(len(seen), 50))

    follower = threading.Thread(target=follow)
    follower.start()
    outcomes = in_parallel([partial(work, thread) for thread in range(8)])
    done.set()
    follower.join()
    assert sum(outcome for outcome in outcomes if isinstance(outcome, int)) == 8 * 10 + 20
    assert seen == list(range(1, 2 + 100 + 1))
    whole(under_test)
    second.folder.close()


def test_two_processes_confirm_one_member_once(under_test: StoreUnderTest, tmp_path: Path) -> None:
    campaign = under_test.campaign().id
    _, subject = under_test.join(campaign, "zhao.min@example.org")
    second = beside(under_test, tmp_path)

    def confirm(store: StoreUnderTest) -> bool:
        member = store.aggregates.load(Membership, subject)
        confirmed = member.confirm(store.act("member", subject), 1)
        store.record(member)
        return confirmed

    outcomes = in_parallel([partial(confirm, store) for store in (under_test, second) * 25])
    assert outcomes.count(True) == 1
    assert all(outcome in (True, False) or isinstance(outcome, StaleVersion) for outcome in outcomes)
    second.folder.close()


def test_a_listener_elsewhere_hears_of_a_commit(under_test: StoreUnderTest) -> None:
    with psycopg.connect(under_test.backend.url, password="of the tests alone", autocommit=True) as db:
        db.execute("LISTEN campaign_log")
        under_test.campaign()
        (heard,) = db.notifies(timeout=5, stop_after=1)
    assert heard.payload == "2"


def test_a_reader_whose_connection_was_cut_reads_again(under_test: StoreUnderTest) -> None:
    under_test.campaign()
    assert under_test.store.head() == 2
    for _ in range(3):
        under_test.backend.rows(CUT)
        assert under_test.store.head() == 2
    assert isinstance(under_test.record(under_test.drafted()), Committed)


def test_a_write_that_finds_the_lock_held_too_long_is_refused_for_now(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    under_test.store._writer._connection().execute("SET lock_timeout = 200")
    with psycopg.connect(under_test.backend.url, password="of the tests alone") as holder:
        holder.execute("SELECT pg_advisory_xact_lock(4846226611)")
        with pytest.raises(TemporaryFailure, match="store-failed"):
            under_test.join(campaign, "zhao.min@example.org")
    assert under_test.join(campaign, "zhao.min@example.org")[0].positions == [3]
