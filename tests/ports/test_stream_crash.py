"""Kill and power cut: relay and consumer come back without a loss and without a repeat."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from services.contracts.topics import CAMPAIGN_EVENTS, TOPICS, Topic
from services.kit.metrics import Metrics
from services.kit.sql.engine import reading, sqlite_engine
from services.kit.stream import tables
from services.kit.stream.consumer import Consumer
from services.kit.stream.in_process import InProcessStream
from services.kit.stream.lease import AlwaysHeld
from services.kit.stream.relay import Relay
from tests.ports.test_stream_consumer import Ledger, drain
from tests.support.streams import record

TOPIC = Topic("log", 4)


@dataclass
class Row:
    position: int


class Log:
    """A log that grows with each look at it, up to its size."""

    def __init__(self, size: int) -> None:
        self.size = size

    def select(self, after: int, limit: int) -> list[Row]:
        return [Row(n) for n in range(after + 1, min(after + limit, self.size) + 1)]


def both(folder: Path, size: int) -> tuple[Relay[Row], Consumer, InProcessStream]:
    engine = sqlite_engine(folder / "service.db")
    with engine.begin() as tx:
        tables.create(tx)
        tx.execute(
            text(
                "CREATE TABLE IF NOT EXISTS ledger (id INTEGER PRIMARY KEY, who TEXT, key TEXT, n INT, UNIQUE (who, n))"
            )
        )
    stream, metrics = InProcessStream(folder / "stream.db"), Metrics()
    relay = Relay(
        Log(size),
        stream,
        TOPIC,
        lambda row: record(f"key-{row.position % 11}", row.position),
        lease=AlwaysHeld(),
        metrics=metrics,
        slice_size=37,
    )
    return relay, Consumer(stream, TOPIC, Ledger(engine), metrics=metrics, dead=stream, slice_size=20), stream


def written(folder: Path) -> list[int]:
    engine = sqlite_engine(folder / "service.db")
    with reading(engine) as tx:
        found = list(tx.execute(text("SELECT n FROM ledger ORDER BY n")).scalars())
        assert tx.execute(text("SELECT count(*) FROM dead_letters")).scalar() == 0
    engine.dispose()
    return found


def test_records_lost_in_a_power_cut_are_published_again(tmp_path: Path) -> None:
    relay, consumer, stream = both(tmp_path, 60)
    relay.run_once()
    stream.close()
    shutil.copytree(tmp_path, tmp_path / "before")
    relay, consumer, stream = both(tmp_path, 60)
    while relay.run_once() or consumer.run_once():
        pass
    stream.close()
    for path in tmp_path.glob("stream.db*"):
        path.unlink()
    for path in (tmp_path / "before").glob("stream.db*"):
        shutil.copy(path, tmp_path)
    relay, consumer, stream = both(tmp_path, 100)
    assert drain(consumer) == 0
    while relay.run_once():
        pass
    assert consumer.lag() > 0
    drain(consumer)
    stream.close()
    assert written(tmp_path) == list(range(1, 101))


CHILD = """
    {patch}
    import sys, threading, time
    from pathlib import Path
    from services.kit.loops import Loop
    from services.kit.metrics import Metrics
    from tests.ports.test_stream_crash import TOPIC, both
    relay, consumer, stream = both(Path(sys.argv[1]), {size})
    loops = [Loop(relay, threading.Event(), 0.01, metrics=Metrics())]
    woken = threading.Event()
    stream.wake(TOPIC, woken.set)
    loops.append(Loop(consumer, woken, 5.0, metrics=Metrics()))
    [loop.start() for loop in loops]
    print("running", flush=True)
    while consumer.lag() or relay.lag({size}):
        time.sleep(0.01)
    assert all([loop.stop() for loop in loops])
    print("done", flush=True)
"""


def child(folder: Path, size: int, patch: str) -> subprocess.Popen[str]:
    code = textwrap.dedent(CHILD).format(patch=patch, size=size)
    started = subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline() == "running\n"
    return started


@pytest.mark.parametrize("patch", ["", "from gevent import monkey; monkey.patch_all()"], ids=["threads", "gevent"])
def test_processes_that_are_killed_leave_each_effect_once(tmp_path: Path, patch: str) -> None:
    size = 8000
    for enough in (200, 1200, 2500):
        running = child(tmp_path, size, patch)
        while len(written(tmp_path)) < enough:
            time.sleep(0.005)
        running.kill()
        running.communicate(timeout=30)
    assert len(written(tmp_path)) < size
    last = child(tmp_path, size, patch)
    out, _ = last.communicate(timeout=120)
    assert out == "done\n"
    assert written(tmp_path) == list(range(1, size + 1))


@pytest.mark.parametrize(("continued", "level"), [(True, "NORMAL"), (False, "FULL")])
def test_what_nobody_publishes_again_is_on_the_disk_at_once(tmp_path: Path, continued: bool, level: str) -> None:
    stream, told = InProcessStream(tmp_path / "stream.db"), list[str]()
    stream._writer.set_trace_callback(told.append)
    stream.publish(Topic("marks", 2, continued=continued), [record("key", 1)])
    stream.close()
    assert told.index(f"PRAGMA synchronous={level}") < told.index("BEGIN IMMEDIATE") < told.index("COMMIT")
    assert CAMPAIGN_EVENTS.continued
    assert not any(topic.continued for topic in TOPICS if topic != CAMPAIGN_EVENTS)
