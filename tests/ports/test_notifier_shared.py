"""Several notifiers on one PostgreSQL: no mail twice, none left behind by a dead one, no announcement lost."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import orjson
import pytest
from sqlalchemy import Engine, func, select

from services.contracts.envelope import Envelope
from services.contracts.topics import NOTIFIER_EVENTS
from services.kit.sql.engine import reading
from services.kit.sql.wakes import Wakes
from services.kit.stream.in_process import InProcessStream
from services.kit.stream.port import Record
from services.notifier.adapters import claims
from services.notifier.adapters.claims import Claimants
from services.notifier.adapters.outbox_sql import SqlOutbox, announce, plan
from services.notifier.adapters.tables import ANNOUNCEMENTS, DOCUMENT, OUTBOX
from services.notifier.application.ports import Waiting
from services.notifier.progress import records
from services.notifier.progress.consumer import ComputesProgress
from services.notifier.progress.publish import PublishesAnnouncements, PublishesProgress
from services.notifier.wiring import MIGRATIONS
from tests.support.history import whole_campaign
from tests.support.postgres import Database, database
from tests.support.streams import read_all

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=10)


@pytest.fixture
def base() -> Iterator[Database]:
    with database(MIGRATIONS) as base:
        yield base


@pytest.fixture
def engine(base: Database) -> Engine:
    return base.engine()


def fill(engine: Engine, count: int) -> None:
    with engine.begin() as tx:
        for number in range(count):
            plan(tx, event=f"e{number}", recipient="r", kind="welcome", campaign="c", due=NOON)


def in_threads(count: int, work: object) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_each_mail_is_claimed_by_one_process_and_sent_once(engine: Engine) -> None:
    fill(engine, 300)
    sent: list[tuple[int, str]] = []

    def delivers(number: int) -> None:
        outbox = SqlOutbox(engine, f"n{number}", batch=7)
        while rows := outbox.claim(NOON, True, LATER):
            for row in rows:
                sent.append((number, row.event))
                outbox.sent(row, NOON)

    in_threads(4, delivers)
    assert Counter(event for _, event in sent) == Counter(f"e{number}" for number in range(300))
    assert len({number for number, _ in sent}) == 4
    with reading(engine) as tx:
        assert tx.execute(select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)).all() == [("sent", 300)]
        assert tx.execute(select(func.count()).select_from(ANNOUNCEMENTS)).scalar() == 300


def test_who_lost_a_claim_leaves_the_mail_to_its_new_holder(engine: Engine) -> None:
    fill(engine, 1)
    slow, next_one = SqlOutbox(engine, "slow"), SqlOutbox(engine, "next")
    (row,) = slow.claim(NOON, True, LATER)
    assert next_one.claim(NOON, True, LATER) == []
    (again,) = next_one.claim(LATER, True, LATER + timedelta(minutes=10))
    slow.postpone(row, NOON, "server-busy", tried=True)
    slow.end(row, "failed", "gave-up", LATER)
    assert SqlOutbox(engine, "third").claim(LATER, True, LATER) == []
    next_one.sent(again, LATER)
    slow.sent(row, LATER)
    with reading(engine) as tx:
        assert tx.execute(select(OUTBOX.c.state)).scalars().all() == ["sent"]
        assert tx.execute(select(func.count()).select_from(ANNOUNCEMENTS)).scalar() == 1


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "LOOKS_SECONDS", 0.0)
    monkeypatch.setattr(claims, "GRACE_SECONDS", 0.3)


@pytest.mark.usefixtures("impatient")
def test_what_a_dead_process_had_claimed_is_due_again_and_what_a_living_one_claims_is_not(base: Database) -> None:
    fill(base.engine(), 2)
    with ExitStack() as closing:
        outboxes = []
        for name in ("dies", "lives", "looks"):
            engine = base.engine(name)
            others = Claimants(engine, name)
            closing.callback(others.close)
            outboxes.append(SqlOutbox(engine, name, others, batch=1))
        dies, lives, looks = outboxes
        (lost,) = dies.claim(NOON, True, LATER)
        (kept,) = lives.claim(NOON, True, LATER)
        assert looks.claim(NOON, True, LATER) == []
        base.server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'dies'")
        found: list[Waiting] = []
        until = time.monotonic() + 5
        while not found and time.monotonic() < until:
            found = list(looks.claim(NOON, True, LATER))
        assert [row.id for row in found] == [lost.id]
        assert kept.id != lost.id
        assert looks.claim(NOON, True, LATER) == []


@pytest.mark.usefixtures("impatient")
def test_a_process_whose_line_was_cut_keeps_its_claims_when_it_is_back_in_time(base: Database) -> None:
    fill(base.engine(), 1)
    cut, looks = (Claimants(base.engine(name), name) for name in ("cut", "looks"))
    (_,) = SqlOutbox(base.engine(), "cut", cut).claim(NOON, True, LATER)
    base.server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cut'")
    assert looks.free_the_dead(0) == 0
    time.sleep(0.6)
    cut.free_the_dead(0)
    for _ in range(10):
        assert looks.free_the_dead(0) == 0
        time.sleep(0.05)
    cut.close()
    looks.close()


@pytest.mark.usefixtures("impatient")
def test_who_sends_one_claim_for_long_is_not_taken_for_dead_once_its_line_was_cut(base: Database) -> None:
    fill(base.engine(), 10)
    sends, looks = (Claimants(base.engine(name), name) for name in ("sends", "looks"))
    outbox = SqlOutbox(base.engine(), "sends", sends)
    rows = outbox.claim(NOON, True, LATER)
    base.server.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sends'")
    assert looks.free_the_dead(0) == 0
    time.sleep(0.6)
    for row in rows:
        outbox.sent(row, NOON)
        assert looks.free_the_dead(0) == 0
        time.sleep(0.05)
    sends.close()
    looks.close()


class TakenOver:
    """A topic for which somebody else published until it was taken over, which `before` tells of."""

    def __init__(self, before: Callable[[], None]) -> None:
        self._before = before
        self.sizes: list[int] = []

    def take_over(self, _topic: object) -> None:
        self._before()

    def publish(self, _topic: object, told: Sequence[Record]) -> None:
        self.sizes += [orjson.loads(record.envelope.data)["document"]["size"] for record in told]


class NoWords:
    def words(self, _events: Sequence[str]) -> dict[str, Any]:
        return {}


def test_progress_that_was_read_before_the_topic_was_taken_over_is_not_published_after_newer_one(
    engine: Engine,
) -> None:
    def document(size: int) -> None:
        body = orjson.dumps({"size": size, "time": "2026-03-02T12:00:00Z", "demand_kinds": []})
        with engine.begin() as tx:
            records.set_documents(tx, {"c": body})
            records.mark(tx, ["c"], DOCUMENT)

    document(5)
    stream: Any = TakenOver(lambda: document(6))
    publisher = PublishesProgress(engine, cast(Any, NoWords()), stream)
    assert publisher.run_once() == 1
    assert stream.sizes == [6]
    assert publisher.run_once() == 0


def test_no_announcement_is_lost_and_readers_see_them_in_order(engine: Engine, tmp_path: Path) -> None:
    """Ids are taken in one order and committed in another; two publish at once, as leases may allow for a moment."""
    stream, writers = InProcessStream(tmp_path / "stream.db"), 6
    done = threading.Event()

    def writes(number: int) -> None:
        chance = random.Random(number)
        for step in range(20):
            with engine.begin() as tx:
                announce(tx, "mail.sent", "campaign", NOON, {"event": f"{number}-{step}"})
                time.sleep(chance.random() * 0.02)

    def publishes() -> None:
        publisher = PublishesAnnouncements(engine, stream, slice_size=5)
        while publisher.run_once() or not done.is_set():
            time.sleep(0.001)

    publishers = [threading.Thread(target=publishes) for _ in range(2)]
    for publisher in publishers:
        publisher.start()
    in_threads(writers, writes)
    done.set()
    for publisher in publishers:
        publisher.join()
    seen: list[int] = []
    told = set()
    for got in read_all(stream, NOTIFIER_EVENTS):
        if got.record.envelope.sequence > max(seen, default=0):
            seen.append(got.record.envelope.sequence)
            told.add(got.record.envelope.data)
    stream.close()
    assert seen == list(range(1, writers * 20 + 1))
    assert len(told) == writers * 20


def test_a_mark_that_is_set_anew_meanwhile_is_told_again(engine: Engine) -> None:
    with engine.begin() as tx:
        records.set_documents(tx, {"c": b'{"v": 1}'})
        records.mark(tx, ["c"], DOCUMENT)
    with reading(engine) as tx:
        (first,) = records.due(tx, 10)
    with engine.begin() as consumer:
        records.set_documents(consumer, {"c": b'{"v": 2}'})
        records.mark(consumer, ["c"], DOCUMENT)
        with engine.begin() as publisher:
            records.done(publisher, [first.id])
    with reading(engine) as tx:
        (second,) = records.due(tx, 10)
    assert (first.body, second.body) == (b'{"v": 1}', b'{"v": 2}')
    assert second.id > first.id


def test_who_publishes_progress_hears_at_once_of_what_another_process_computed(base: Database) -> None:
    heard, first = threading.Event(), whole_campaign().rows[0]
    ear = Wakes(base.url, base.password, records.MARKED, application="publishes")
    ear.listen(heard.set)
    assert heard.wait(5)
    heard.clear()
    leaf = orjson.loads(first.state)
    envelope = Envelope(
        id=leaf["id"], source="/campaign", type=leaf["type"], time=NOON, partitionkey=leaf["campaign"], sequence=1,
        data=first.state,
    )  # fmt: skip
    computes = ComputesProgress(base.engine("computes"))
    with computes.begin() as tx:
        computes.handle(tx, Record(envelope))
        computes.finish(tx)
        assert not heard.wait(0.1), "not before it is committed"
    assert heard.wait(5)
    ear.close()
