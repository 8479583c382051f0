"""One consumer in several processes on PostgreSQL: partitions move, and no effect is lost or repeated."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from services.contracts.topics import Topic
from services.kit.metrics import Metrics
from services.kit.sql.engine import reading
from services.kit.sql.leases import SharedPartitions
from services.kit.stream import tables
from services.kit.stream.consumer import Consumer
from services.kit.stream.handler import Handler
from services.kit.stream.in_process import InProcessStream
from services.kit.stream.port import Record
from tests.support.postgres import Database, database
from tests.support.streams import record

TOPIC = Topic("log", 12)


class Sums(Handler):
    """Remembers what it read, and writes sums that are right only if nobody else wrote meanwhile."""

    name = "sums"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[str, int] = {}

    def begin(self) -> AbstractContextManager[Connection]:
        return self._engine.begin()

    def handle(self, tx: Connection, record: Record) -> None:
        if record.key not in self._known:
            found = tx.execute(text("SELECT n FROM sums WHERE key = :key"), {"key": record.key}).scalar()
            self._known[record.key] = found or 0
        self._known[record.key] += record.envelope.sequence
        put = "INSERT INTO sums VALUES (:key, :n) ON CONFLICT (key) DO UPDATE SET n = excluded.n"
        tx.execute(text(put), {"key": record.key, "n": self._known[record.key]})

    def forget(self) -> None:
        self._known.clear()


@pytest.fixture
def base() -> Iterator[Database]:
    with database() as base:
        with base.engine().begin() as tx:
            tables.create(tx)
            tx.execute(text("CREATE TABLE sums (key TEXT PRIMARY KEY, n BIGINT NOT NULL)"))
        yield base


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[InProcessStream]:
    stream = InProcessStream(tmp_path / "stream.db")
    yield stream
    stream.close()


def fill(stream: InProcessStream, first: int, last: int) -> None:
    stream.publish(TOPIC, [record(f"key-{n % 40}", n) for n in range(first, last + 1)])


def sums(base: Database) -> int:
    with reading(base.engine()) as tx:
        return int(tx.execute(text("SELECT coalesce(sum(n), 0) FROM sums")).scalar_one())


def until(seconds: float, holds: object) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def test_processes_that_all_take_the_same_partitions_repeat_nothing(base: Database, stream: InProcessStream) -> None:
    """As if every lease were wrong."""
    fill(stream, 1, 300)

    def consume() -> None:
        consumer = Consumer(stream, TOPIC, Sums(base.engine()), metrics=Metrics(), slice_size=7)
        while consumer.run_once():
            pass

    threads = [threading.Thread(target=consume) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sums(base) == sum(range(1, 301))


def test_a_partition_that_comes_back_is_read_on_from_where_the_other_left_it(
    base: Database, stream: InProcessStream
) -> None:
    handlers = [Sums(base.engine()) for _ in range(2)]
    first, second = (Consumer(stream, TOPIC, handler, metrics=Metrics()) for handler in handlers)
    for step, consumer in enumerate((first, second, first, second)):
        fill(stream, step * 50 + 1, step * 50 + 50)
        while consumer.run_once():
            pass
    assert sums(base) == sum(range(1, 201))


MEMBER = """
    import sys, time
    from pathlib import Path
    from services.kit.failures import TemporaryFailure
    from services.kit.metrics import Metrics
    from services.kit.settings import Secret
    from services.kit.sql.leases import SharedPartitions
    from services.kit.sql.postgres import postgres_engine
    from services.kit.stream.consumer import Consumer
    from services.kit.stream.in_process import InProcessStream
    from tests.ports.test_stream_consumer_shared import TOPIC, Sums
    engine = postgres_engine(sys.argv[2], Secret(sys.argv[3]), application="member")
    share = SharedPartitions(engine, "sums", TOPIC.name, TOPIC.partitions)
    stream = InProcessStream(Path(sys.argv[1]))
    consumer = Consumer(stream, TOPIC, Sums(engine), metrics=Metrics(), partitions=share, slice_size=5)
    print("runs", flush=True)
    while True:
        try:
            done = consumer.run_once()
        except TemporaryFailure:
            done = 0
        if not done:
            time.sleep(0.02)
"""


def member(base: Database, folder: Path) -> subprocess.Popen[str]:
    words = [str(folder / "stream.db"), base.url, str(base.password)]
    started = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(MEMBER), *words], stdout=subprocess.PIPE, text=True
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "runs\n"
    return started


def test_a_killed_process_is_replaced_within_seconds_and_every_effect_is_there_once(
    base: Database, stream: InProcessStream, tmp_path: Path
) -> None:
    members = [member(base, tmp_path) for _ in range(2)]
    try:
        fill(stream, 1, 800)
        assert until(60, lambda: sums(base) > 0)
        members[0].kill()
        fill(stream, 801, 1000)
        assert until(60, lambda: sums(base) == sum(range(1, 1001)))
        share = SharedPartitions(base.engine(), "sums", TOPIC.name, TOPIC.partitions)
        assert until(15, lambda: len(share.mine()) == 6)
        share.release()
    finally:
        for each in members:
            each.kill()
            each.communicate(timeout=10)
    assert sums(base) == sum(range(1, 1001))
