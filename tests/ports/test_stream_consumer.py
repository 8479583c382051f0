"""Consumers: each effect once, in order, and a poison record parks nobody but its key."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.metrics import Metrics
from services.kit.sql.engine import reading, sqlite_engine
from services.kit.stream import tables
from services.kit.stream.consumer import Consumer
from services.kit.stream.handler import Handler
from services.kit.stream.port import Record
from tests.support.postgres import database
from tests.support.streams import BACKENDS, Backend, read_all, record

MARKS = 4
"""Lag counts offsets, and a transaction of Kafka has one more in each of the three partitions that it touches."""


class Ledger(Handler):
    """Writes down each record; refuses what it is told to, as often as it is told to."""

    def __init__(self, engine: Engine, name: str = "ledger") -> None:
        self.name = name
        self.engine = engine
        self.refusals: dict[int, Exception] = {}
        self.dies_before_commit = False
        self.finished = 0
        self.forgot = 0

    def begin(self) -> AbstractContextManager[Connection]:
        return self.engine.begin()

    def handle(self, tx: Connection, record: Record) -> None:
        row = {"who": self.name, "key": record.key, "n": record.envelope.sequence}
        tx.execute(text("INSERT INTO ledger (who, key, n) VALUES (:who, :key, :n)"), row)
        if record.envelope.sequence in self.refusals:
            raise self.refusals[record.envelope.sequence]

    def finish(self, tx: Connection) -> None:
        self.finished += 1
        if self.dies_before_commit:
            raise KeyboardInterrupt

    def forget(self) -> None:
        self.forgot += 1


class World:
    def __init__(self, backend: Backend, engine: Engine) -> None:
        self.topic = backend.topic(partitions=3)
        self.stream = backend.open()
        self.engine = engine
        self.metrics = Metrics()
        self.handler = Ledger(engine)

    def consumer(self, slice_size: int = 4, by_sequence: bool = True, partitions: list[int] | None = None) -> Consumer:
        return Consumer(
            self.stream,
            self.topic,
            self.handler,
            metrics=self.metrics,
            dead=self.stream,
            partitions=partitions,
            slice_size=slice_size,
            by_sequence=by_sequence,
        )

    def publish(self, *numbers: int, keys: str = "abcde") -> None:
        self.stream.publish(self.topic, [record(keys[n % len(keys)], n) for n in numbers])

    def written(self, key: str | None = None) -> list[int]:
        with reading(self.engine) as tx:
            rows = tx.execute(text("SELECT key, n FROM ledger ORDER BY id")).all()
        return [row.n for row in rows if key in (None, row.key)]

    def parked(self, consumer: Consumer) -> dict[str, tuple[str, int]]:
        with reading(self.engine) as tx:
            return {one.key: (one.reason, one.records) for one in consumer.letters.parked(tx)}


def drain(consumer: Consumer) -> int:
    done = 0
    while step := consumer.run_once():
        done += step
    return done


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Drawing each traceback for a person takes longer than all the rest."""
    with capture_logs():
        yield


@contextmanager
def ledger_on(kind: str, folder: Path) -> Iterator[Engine]:
    """A service's own database, sqlite or postgres, with a ledger in it."""
    with ExitStack() as closing:
        if kind == "postgres":
            engine = closing.enter_context(database()).engine()
        else:
            engine = sqlite_engine(folder / "service.db")
            closing.callback(engine.dispose)
        number = "BIGSERIAL" if kind == "postgres" else "INTEGER"
        with engine.begin() as tx:
            tables.create(tx)
            tx.execute(
                text(f"CREATE TABLE ledger (id {number} PRIMARY KEY, who TEXT, key TEXT, n INT, UNIQUE (who, n))")
            )
        yield engine


@pytest.fixture(params=[*((name, "sqlite") for name in BACKENDS), ("in-process", "postgres")], ids=" and ".join)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    stream, kind = request.param
    backend = BACKENDS[stream](tmp_path)
    with ledger_on(kind, tmp_path) as engine:
        yield World(backend, engine)
    backend.close()


def test_a_crowd_is_told_by_a_slice_that_was_full(world: World) -> None:
    consumer = world.consumer(slice_size=4)
    world.publish(1, 2, 3, keys="a")
    drain(consumer)
    assert not consumer.crowded()
    world.publish(*range(4, 10), keys="a")
    drain(consumer)
    assert consumer.crowded()


def test_a_topic_that_was_made_anew_and_has_outgrown_the_position_is_not_gone_on_with(world: World) -> None:
    world.publish(*range(1, 7), keys="a")
    assert drain(world.consumer()) == 6
    with world.engine.begin() as tx:
        tx.execute(text("UPDATE consumer_positions SET last_sequence = 4"))
    world.publish(7, keys="a")
    later = world.consumer()
    for _ in range(2):
        with pytest.raises(PermanentFailure, match="topic-made-anew"):
            later.run_once()
    assert world.written() == [1, 2, 3, 4, 5, 6]
    with world.engine.begin() as tx:
        tx.execute(text("UPDATE consumer_positions SET last_sequence = 6"))
    assert drain(later) == 1


def test_every_record_has_its_effect_once_and_in_order(world: World) -> None:
    world.publish(*range(1, 31))
    consumer = world.consumer()
    assert consumer.lag() in range(30, 30 + MARKS)
    assert drain(consumer) == 30
    assert sorted(world.written()) == list(range(1, 31))
    for key in "abcde":
        assert world.written(key) == sorted(world.written(key))
    assert consumer.lag() == 0
    assert drain(world.consumer()) == 0
    assert world.metrics.value("chorus_consumer_records_total", consumer="ledger") == 30


def test_whoever_watches_sees_how_far_it_is_behind_and_what_waits(world: World) -> None:
    world.publish(*range(1, 11))
    consumer = world.consumer()
    drain(consumer)
    assert world.metrics.value("chorus_consumer_lag", consumer="ledger") == 0
    world.handler.refusals = {13: PermanentFailure("bad-leaf")}
    world.publish(*range(11, 21))
    assert world.metrics.value("chorus_consumer_lag", consumer="ledger") >= 10
    drain(consumer)
    assert world.metrics.value("chorus_consumer_lag", consumer="ledger") == 0
    assert world.metrics.value("chorus_dead_letters_waiting", consumer="ledger") == 2


def test_effect_and_position_stand_or_fall_together(world: World) -> None:
    world.publish(*range(1, 11))
    world.handler.dies_before_commit = True
    with pytest.raises(KeyboardInterrupt):
        world.consumer().run_once()
    assert world.written() == []
    assert world.handler.forgot == 1
    world.handler.dies_before_commit = False
    drain(world.consumer())
    assert sorted(world.written()) == list(range(1, 11))


def test_what_the_relay_repeats_is_dropped_by_its_sequence(world: World) -> None:
    world.publish(*range(1, 11))
    drain(world.consumer())
    world.publish(*range(6, 13))
    drain(world.consumer())
    assert sorted(world.written()) == list(range(1, 13))


def test_each_source_has_sequences_of_its_own(world: World) -> None:
    world.publish(*range(10, 15))
    drain(world.consumer())
    world.stream.publish(world.topic, [record("a", n, source="/other") for n in (3, 4)])
    drain(world.consumer())
    world.stream.publish(world.topic, [record("a", n, source="/other") for n in (4, 5)])
    drain(world.consumer())
    assert sorted(world.written()) == [3, 4, 5, 10, 11, 12, 13, 14]


def test_without_sequences_only_offsets_tell_repeats(world: World) -> None:
    world.stream.publish(world.topic, [record("a", 2), record("a", 1)])
    assert drain(world.consumer(by_sequence=False)) == 2
    assert world.written() == [2, 1]


def test_a_consumer_that_was_overtaken_by_another_repeats_nothing(world: World) -> None:
    world.publish(*range(1, 11))
    behind, ahead = world.consumer(by_sequence=False), world.consumer(by_sequence=False)
    assert behind.lag() in range(10, 10 + MARKS)
    drain(ahead)
    drain(behind)
    assert sorted(world.written()) == list(range(1, 11))
    assert world.parked(behind) == {}


def test_a_passing_failure_stops_the_slice_until_it_is_over(world: World) -> None:
    world.publish(*range(1, 11))
    world.handler.refusals = {7: TemporaryFailure("away")}
    consumer = world.consumer()
    with pytest.raises(TemporaryFailure):
        drain(consumer)
    world.handler.refusals = {7: OperationalError("busy", {}, Exception("locked"))}
    with pytest.raises(TemporaryFailure):
        drain(consumer)
    assert world.parked(consumer) == {}
    world.handler.refusals = {}
    drain(consumer)
    assert sorted(world.written()) == list(range(1, 11))


def test_poison_parks_its_key_and_nobody_else(world: World) -> None:
    world.publish(*range(1, 31))
    world.handler.refusals = {11: PermanentFailure("bad-leaf")}
    consumer = world.consumer()
    drain(consumer)
    key = "abcde"[11 % 5]
    assert world.written(key) == [1, 6]
    assert sorted(world.written()) == sorted(n for n in range(1, 31) if n % 5 != 1 or n < 11)
    assert world.parked(consumer) == {key: ("bad-leaf", 4)}
    assert world.metrics.value("chorus_dead_letters_total", consumer="ledger") == 4


def test_an_unknown_error_is_named_by_its_type_and_never_by_its_words(world: World) -> None:
    world.publish(*range(1, 6))
    world.handler.refusals = {1: ValueError("words of a person")}
    consumer = world.consumer()
    drain(consumer)
    assert world.parked(consumer)["b"] == ("ValueError", 1)


def test_later_records_of_a_parked_key_wait_even_after_a_restart(world: World) -> None:
    world.publish(*range(1, 11))
    world.handler.refusals = {1: PermanentFailure("bad-leaf")}
    drain(world.consumer())
    world.handler.refusals = {}
    world.publish(*range(11, 21))
    drain(world.consumer())
    assert world.written("b") == []
    assert world.written("a") == [5, 10, 15, 20]


def test_redriving_plays_the_parked_records_in_order(world: World) -> None:
    world.publish(*range(1, 31))
    world.handler.refusals = {6: PermanentFailure("bad-leaf")}
    consumer = world.consumer()
    drain(consumer)
    world.handler.refusals = {16: PermanentFailure("worse-leaf")}
    assert consumer.redrive("b") == 2
    assert world.written("b") == [1, 6, 11]
    assert world.parked(consumer) == {"b": ("worse-leaf", 3)}
    world.handler.refusals = {}
    assert consumer.redrive("b") == 3
    world.publish(31)
    drain(consumer)
    assert world.written("b") == [1, 6, 11, 16, 21, 26, 31]
    assert world.parked(consumer) == {}
    assert consumer.redrive("b") == 0


def test_a_passing_failure_while_redriving_keeps_all_that_waits(world: World) -> None:
    world.publish(1, 6)
    world.handler.refusals = {1: PermanentFailure("bad-leaf")}
    consumer = world.consumer()
    drain(consumer)
    world.handler.refusals = {6: TemporaryFailure("away")}
    with pytest.raises(TemporaryFailure):
        consumer.redrive("b")
    assert world.written("b") == []
    world.handler.refusals = {}
    assert consumer.redrive("b") == 2
    assert world.written("b") == [1, 6]


def test_dead_letters_are_told_to_the_dead_topic_with_their_reason(world: World) -> None:
    world.publish(*range(1, 12))
    world.handler.refusals = {6: PermanentFailure("bad-leaf")}
    drain(world.consumer())
    dead = read_all(world.stream, world.topic.dead)
    assert [(got.record.envelope.sequence, got.record.envelope.extensions["deadreason"]) for got in dead] == [
        (6, "bad-leaf"),
        (11, "behind-a-dead-letter"),
    ]
    assert dead[0].record.envelope.extensions["deadconsumer"] == "ledger"
    assert dead[0].record.envelope.extensions["deadtopic"] == world.topic.name
    drain(world.consumer())
    assert len(read_all(world.stream, world.topic.dead)) == 2


def test_letters_that_a_killed_process_told_nobody_of_are_told_by_who_takes_its_partitions(world: World) -> None:
    share = [0]
    heir = world.consumer(partitions=share)
    world.publish(*range(1, 12))
    drain(heir)
    world.handler.refusals = {6: PermanentFailure("bad-leaf")}
    killed = world.consumer(slice_size=20)
    while not world.parked(killed):
        assert killed.run_once()
    assert read_all(world.stream, world.topic.dead) == []
    assert heir.run_once() == 0
    assert read_all(world.stream, world.topic.dead) == []
    share += [1, 2]
    drain(heir)
    assert [got.record.envelope.sequence for got in read_all(world.stream, world.topic.dead)] == [6, 11]


def test_consumers_of_one_database_keep_apart(world: World) -> None:
    world.publish(*range(1, 6))
    drain(world.consumer())
    world.handler = Ledger(world.engine, "other ledger")
    drain(world.consumer())
    assert sorted(world.written()) == sorted([*range(1, 6), *range(1, 6)])


def test_partitions_may_be_shared_out(world: World) -> None:
    world.publish(*range(1, 31))
    shares = [world.consumer(partitions=[0, 2]), world.consumer(partitions=[1]), world.consumer(partitions=[])]
    counts = [drain(consumer) for consumer in shares]
    assert sum(counts) == 30
    assert counts[2] == 0
    assert sorted(world.written()) == list(range(1, 31))


def test_the_same_consumer_run_by_many_threads_repeats_nothing(world: World) -> None:
    world.publish(*range(1, 101))
    consumers = [world.consumer(slice_size=3) for _ in range(2)]
    threads = [threading.Thread(target=drain, args=(consumers[n % 2],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(world.written()) == list(range(1, 101))


@pytest.mark.parametrize("seed", range(8))
def test_whatever_fails_in_the_end_every_record_had_its_effect_once(world: World, seed: int) -> None:
    chance = random.Random(seed)
    published, consumer = 0, world.consumer(slice_size=5)
    for _ in range(40):
        grown = published + chance.randint(0, 4)
        world.publish(*range(max(1, published - chance.randint(0, 3)), grown + 1))
        published = grown
        errors = (PermanentFailure("bad"), TemporaryFailure("away"), KeyError("k"))
        world.handler.refusals = {chance.randint(1, published + 1): chance.choice(errors) for _ in range(2)}
        if chance.random() < 0.2:
            consumer = world.consumer(slice_size=5)
        try:
            consumer.run_once()
            consumer.redrive(chance.choice("abcde"))
        except TemporaryFailure:
            continue
    world.handler.refusals = {}
    drain(consumer)
    for key in "abcde":
        consumer.redrive(key)
        assert world.written(key) == [n for n in range(1, published + 1) if "abcde"[n % 5] == key]
    assert world.parked(consumer) == {}
