"""How fast joins become durable, against a plain INSERT and COMMIT each.

`python -m tests.load.append_bench [--gevent]`
"""

import sys

if "--gevent" in sys.argv:
    import gevent.monkey

    gevent.monkey.patch_all()

import sqlite3
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID, uuid4

from services.campaign.application.store import decided
from services.campaign.vault.encoder import encode
from tests.support.stores import StoreUnderTest

SECONDS = 2.0
ROUNDS = 3


def rate(work: Callable[[], object], threads: int, seconds: float = SECONDS) -> float:
    """Calls per second, from this many threads."""
    stop = time.perf_counter() + seconds
    counts = [0] * threads

    def run(thread: int) -> None:
        while time.perf_counter() < stop:
            work()
            counts[thread] += 1

    started = time.perf_counter()
    running = [threading.Thread(target=run, args=(n,)) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return sum(counts) / (time.perf_counter() - started)


def plain_insert(folder: Path) -> Callable[[], object]:
    db = sqlite3.connect(folder / "plain.db", isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        db.execute(f"PRAGMA {pragma}").fetchall()
    columns = "id INTEGER PRIMARY KEY, campaign TEXT, email TEXT, state BLOB, UNIQUE(campaign, email)"
    db.execute(f"CREATE TABLE members({columns})")
    lock = threading.Lock()
    state = b"x" * 581

    def insert() -> None:
        with lock:
            db.execute("BEGIN IMMEDIATE")
            db.execute("INSERT INTO members(campaign, email, state) VALUES (?,?,?)", ("c", str(uuid4()), state))
            db.execute("COMMIT")

    return insert


def joining(under_test: StoreUnderTest, campaign: UUID) -> Callable[[], object]:
    return lambda: under_test.join(campaign, f"{uuid4().hex}@example.org")


def encoder_microseconds(under_test: StoreUnderTest, campaign: UUID) -> float:
    member, _ = under_test.joining(campaign, "zhao.min@example.org")
    (event,) = decided(member)
    started = time.perf_counter()
    for _ in range(20_000):
        encode(event)
    return (time.perf_counter() - started) / 20_000 * 1e6


def compare(seconds: float = SECONDS, rounds: int = ROUNDS) -> Iterator[tuple[int, list[tuple[float, float]]]]:
    """For 1, 8 and 64 threads: calls per second of a plain insert and of a join, once for each round."""
    with tempfile.TemporaryDirectory() as folder:
        under_test = StoreUnderTest("sqlite", Path(folder) / "data")
        campaign = under_test.campaign().id
        insert, join = plain_insert(Path(folder)), joining(under_test, campaign)
        for threads in (1, 8, 64):
            yield threads, [(rate(insert, threads, seconds), rate(join, threads, seconds)) for _ in range(rounds)]
        print(f"encode one join: {encoder_microseconds(under_test, campaign):.1f} us")
        under_test.close()


def main() -> None:
    for threads, rows in compare():
        plain, joins = (statistics.median(column) for column in zip(*rows, strict=True))
        ratio = statistics.median(b / a for a, b in rows)
        print(f"{threads:3d} threads: plain insert {plain:7.0f}/s  join {joins:7.0f}/s  ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
