"""The parts of the benchmark: joins, size, pages, start, appending; each beside its own baseline, in rotation."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from tests.load import append_bench, crowd
from tests.load.figures import Figure, alone, beside
from tests.load.people import published, signed_in
from tests.load.running import Door, Server
from tests.load.streams import Streams
from tests.load.wrk import Run, measure

CONNECTIONS = 64
EMPTY, CRUD = "empty POST of the same server", "Flask + sqlite3, one INSERT and COMMIT"


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    rounds: int
    seconds: int
    members: int
    """Of the large campaign on SQLite; `many` of that on PostgreSQL."""
    many: int
    requests: int
    starts: int
    paced: int
    """Seconds of joins at a steady pace."""


FULL = Extent(rounds=3, seconds=2, members=250_000, many=1_000_000, requests=300, starts=3, paced=10)
QUICK = Extent(rounds=2, seconds=2, members=50_000, many=100_000, requests=200, starts=2, paced=6)


@dataclass(frozen=True)
class Target:
    """A server with a campaign to join."""

    server: Server
    campaign: str

    @property
    def join(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/api/v1/campaigns/{self.campaign}/members"

    @property
    def empty(self) -> str:
        return f"http://127.0.0.1:{self.server.port}/api/v1/bench/empty"


def opened(data: Path) -> Target:
    server = Server(data, module="tests.load.bench_server")
    server.start()
    with Door(server.port) as door:
        return Target(server, published(door, signed_in(door, "chen.jing@example.org")))


def joins(folder: Path, extent: Extent) -> Iterator[Figure]:
    """Through the public API with all followers at work, and how long they are busy afterwards."""
    chorus, crud = opened(folder / "chorus"), Server(folder / "crud", module="tests.load.crud_server")
    crud.start()
    plain = f"http://127.0.0.1:{crud.port}/campaigns/{chorus.campaign}/members"
    try:
        runs: dict[str, list[Run]] = {url: [] for url in (chorus.empty, plain, chorus.join)}
        behind: list[tuple[float, float, int]] = []
        joined, others = 0, _mails(chorus)
        for number in range(extent.rounds + 1):
            for url, taken in runs.items():
                run = _sound(measure(url, extent.seconds if number else 1, CONNECTIONS))
                if number:
                    taken.append(run)
            current, mailed, total = _until_quiet(chorus, others)
            behind.append((current, mailed, total - joined))
            joined = total
        empty, inserts, own = ([run.rate for run in runs[url]] for url in (chorus.empty, plain, chorus.join))
        yield beside("joins through the public API", own, "/s", EMPTY, empty, ">= 0.40")
        yield beside("joins through the public API", own, "/s", CRUD, inserts, ">= 1.0")
        slow = [run.p99 for run in runs[chorus.join]]
        yield beside("p99 of a join", slow, "ms", CRUD, [run.p99 for run in runs[plain]], "<= 0.33")
        yield alone("public numbers current after a burst", [progress for progress, _, _ in behind[1:]], "s")
        yield alone("confirmation mails of a burst delivered", [mailed for _, mailed, _ in behind[1:]], "s")
        yield alone("confirmation mails delivered", [count / mailed for _, mailed, count in behind[1:]], "/s")
    finally:
        chorus.server.stop()
        crud.stop()


def size(folder: Path, extent: Extent) -> Iterator[Figure]:
    """The same, with very many members present and with few; without followers on both sides."""
    few, many = opened(folder / "few"), opened(folder / "many")
    for target, members in ((few, 1_000), (many, extent.members)):
        target.server.stop()
        crowd.fill(target.server.data, UUID(target.campaign), members)
    targets = [
        Target(Server(target.server.data, "--no-followers", module="tests.load.bench_server"), target.campaign)
        for target in (few, many)
    ]
    try:
        for target in targets:
            target.server.start()
        rates: list[list[float]] = [[], []]
        for number in range(extent.rounds + 1):
            for target, taken in zip(targets, rates, strict=True):
                run = _sound(measure(target.join, extent.seconds if number else 1, CONNECTIONS))
                if number:
                    taken.append(run.rate)
        yield beside(
            f"joins with {extent.members:,} members", rates[1], "/s", "with 1,000 members", rates[0], ">= 0.85"
        )
    finally:
        for target in targets:
            target.server.stop()


def pages(folder: Path, extent: Extent) -> Iterator[Figure]:
    """The public page of a campaign while 500 people watch it live."""
    server = Server(folder / "pages")
    server.start()
    try:
        door = Door(server.port)
        campaign = published(door, signed_in(door, "chen.jing@example.org"))
        path = f"/c/{campaign}"
        _until_shown(door, f"/api/v1/campaigns/{campaign}/progress")
        quiet = [_milliseconds(door, path, extent.requests) for _ in range(2)][1]
        with Streams(server.port, f"/api/v1/campaigns/{campaign}/events", 500) as streams:
            time.sleep(3)
            watched = _milliseconds(door, path, extent.requests)
        assert streams.refused == 0, f"{streams.refused} streams were refused"
    finally:
        server.stop()
    for part, target in ((50, ""), (99, "< 20 ms")):
        name = f"p{part} of a public page, 500 live streams open"
        yield beside(name, [_percentile(watched, part)], "ms", "without streams", [_percentile(quiet, part)], target)


def start(folder: Path, extent: Extent) -> Iterator[Figure]:
    """`chorus run` on a data folder that exists, until the front page answers."""
    times = []
    for _ in range(extent.starts + 1):
        server = Server(folder / "pages", module="services.embedded.cli run")
        times.append(server.start(ready="/"))
        server.stop()
    yield alone("from start to first page", times[1:], "s", "< 3 s")


def appending(extent: Extent) -> Iterator[Figure]:
    for threads, rows in append_bench.compare(extent.seconds / 2, extent.rounds):
        plain, own = ([row[side] for row in rows] for side in (0, 1))
        yield beside(f"joins made durable by {threads} threads, no HTTP", own, "/s", "plain INSERT and COMMIT", plain)


def joined_in(data: Path) -> int:
    """As many as the log has, read beside the server."""
    with closing(sqlite3.connect(f"file:{data / 'campaign' / 'events.db'}?mode=ro", uri=True)) as log:
        (count,) = log.execute("SELECT count(*) FROM stored_events WHERE topic='membership.joined'").fetchone()
    return int(count)


def _until_quiet(target: Target, others: int) -> tuple[float, float, int]:
    """Seconds until progress tells of all joins, and until all their mails are there; how many joins there are.

    What wrk no longer waited for is joined a moment after its end, so the log is read each time.
    """
    started, door, current = time.monotonic(), Door(target.server.port), 0.0
    while (passed := time.monotonic() - started) < 300:
        joined, mails = joined_in(target.server.data), _mails(target) - others
        told = door.api("GET", f"/campaigns/{target.campaign}/progress")["members_pending"]
        if told == joined and not current:
            current = passed
        if current and mails >= joined:
            return current, passed, joined
        time.sleep(0.2)
    raise AssertionError(f"after 5 minutes progress tells of {told} of {joined} joins, {mails} mails are sent")


def _mails(target: Target) -> int:
    return sum(1 for _ in (target.server.data / "notifier" / "mailbox").glob("*.eml"))


def _sound(run: Run) -> Run:
    assert run.errors == 0, f"{run.errors} requests were not answered well"
    return run


def _until_shown(door: Door, path: str) -> None:
    for _ in range(200):
        if door.get(path).status == 200:
            return
        time.sleep(0.05)
    raise AssertionError(f"{path} does not answer")


def _milliseconds(door: Door, path: str, requests: int) -> list[float]:
    times = []
    for _ in range(requests):
        started = time.perf_counter()
        answer = door.get(path)
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status == 200, f"{path}: {answer.status}"
    return times


def _percentile(times: list[float], part: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[part - 1]
