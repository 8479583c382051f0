"""The parts of the benchmark on PostgreSQL: joins over the hop, appending, size; each beside its baselines."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import UUID

from services.distributed.parts.process import HOST
from services.distributed.processes import entry
from tests.load import crowd_postgres, crud_postgres, library_campaign, pgbench
from tests.load.empty_post import EMPTY
from tests.load.figures import Figure, beside
from tests.load.installation import Doors, Installation, Web, database_of
from tests.load.running import ROOT
from tests.load.wrk import Run, measure

REPLICAS = 2
CONNECTIONS = (64, 256)
CLIENTS = 32
EMPTY_POST, CRUD = "an empty POST of the gateway", "Flask + psycopg, INSERT and COMMIT"
SAVE, PGBENCH = "the library's app.save", "pgbench, single-row INSERT"
LIBRARY = "tests.load.library_campaign:build"
FEW, MANY, SAVED = "few", "many", "saved"
"""Sets of databases of their own."""
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Measured:
    """One URL in a rotation: the processes behind it, and its runs."""

    name: str
    url: str
    webs: Sequence[Web]
    runs: list[Run]
    microseconds: list[list[float]]

    @classmethod
    def of(cls, name: str, url: str, *webs: Web) -> Measured:
        return cls(name, url, webs, [], [])

    def once(self, seconds: int, connections: int, server: Callable[[], float], counts: bool) -> None:
        parts = [*(web.cpu_seconds for web in self.webs), server]
        before = [part() for part in parts]
        run = measure(self.url, seconds, connections)
        assert run.errors == 0, f"{self.name}: {run.errors} requests were not answered well"
        if counts:
            self.runs.append(run)
            spent = [part() - was for part, was in zip(parts, before, strict=True)]
            self.microseconds.append([each / (run.rate * seconds) * 1e6 for each in spent])

    @property
    def rates(self) -> list[float]:
        return [run.rate for run in self.runs]

    def spent(self) -> str:
        """Microseconds of CPU for one request, by the processes it passes, the database server last."""
        return " + ".join(f"{median(column):.0f}" for column in zip(*self.microseconds, strict=True))


@contextmanager
def installed(folder: Path) -> Iterator[Installation]:
    """With further sets of databases, still empty."""
    installation = Installation.made(folder)
    try:
        pgbench.prepare(installation.server)
        installation.server.psql(crud_postgres.TABLE, pgbench.DATABASE)
        for suffix in (FEW, MANY, SAVED):
            installation.copied(suffix)
        yield installation
    finally:
        installation.close()


def joins(place: Installation, ours: Doors, rounds: int, seconds: int, tell: Tell) -> Iterator[Figure]:
    """Through gateway and campaign to the commit, sealing included; followers, which work later, are not started."""
    library, plain = _library(place), _crud(place)
    for connections in CONNECTIONS:
        join = Measured.of("join", ours.join, ours.gateway, ours.campaign)
        bases = {
            EMPTY_POST: Measured.of("empty", f"{ours.gateway.url}{EMPTY}", ours.gateway),
            CRUD: Measured.of("plain insert", f"{plain.url}/campaigns/{ours.joined}/members", plain),
            SAVE: Measured.of("app.save", library.join, library.gateway, library.campaign),
        }
        rows: list[float] = []
        for number in range(rounds + 1):
            tell(f"joins on PostgreSQL, {connections} connections: {_round(number, rounds)}")
            for each in (*bases.values(), join):
                each.once(seconds if number else 1, connections, place.server_seconds, counts=number > 0)
            if number:
                rows.append(pgbench.inserts(place.server, place.folder, CLIENTS, seconds))
        yield from _compared(f"joins over the hop, {connections} connections", join, bases, rows)
        for each in (*bases.values(), join):
            tell(f"CPU of one request in microseconds, {each.name}: {each.spent()}")


def _compared(name: str, join: Measured, bases: Mapping[str, Measured], rows: list[float]) -> Iterator[Figure]:
    for base, target in ((EMPTY_POST, ">= 0.50"), (CRUD, ">= 1.3"), (SAVE, ">= 6")):
        yield beside(name, join.rates, "/s", base, bases[base].rates, target)
    yield beside(name, join.rates, "/s", PGBENCH, rows)
    slow, theirs = ([run.p99 for run in each.runs] for each in (join, bases[CRUD]))
    yield beside(f"p99 of {name}", slow, "ms", CRUD, theirs, "<= 0.5")


def appending(place: Installation, campaign: UUID, rounds: int, seconds: int, tell: Tell) -> Iterator[Figure]:
    """Without HTTP: two processes of campaign's own writing, half of the clients each, and pgbench with as many.

    What is ready stands beside pgbench's ready row; with deciding, encoding and sealing it is a join's way but HTTP.
    """
    ready, whole, rows = [], [], []
    for number in range(rounds + 1):
        tell(f"appending on PostgreSQL, {CLIENTS} clients: {_round(number, rounds)}")
        ready.append(_appended(place, "ready", campaign, seconds))
        rows.append(pgbench.inserts(place.server, place.folder, CLIENTS, seconds))
        whole.append(_appended(place, "whole", campaign, seconds))
    clients = f"made durable by {CLIENTS} clients"
    yield beside(f"ready joins {clients}", ready[1:], "/s", PGBENCH, rows[1:], ">= 0.7")
    yield beside(f"joins decided, sealed and {clients}", whole[1:], "/s", PGBENCH, rows[1:])


def _appended(place: Installation, kind: str, campaign: UUID, seconds: int) -> float:
    settings = {**os.environ, **entry("campaign-web").environment(place.place)}
    command = [
        sys.executable,
        "-m",
        "tests.load.append_postgres",
        kind,
        str(campaign),
        str(CLIENTS // REPLICAS),
        str(seconds),
    ]
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen(command, cwd=ROOT, env=settings, stdin=pipe, stdout=pipe, text=True) for _ in range(REPLICAS)
    ]
    for one in running:
        assert one.stdout is not None and one.stdout.readline() == "ready\n", "a process did not come up"
    return sum(float(one.communicate("go\n", timeout=seconds + 60)[0]) for one in running)


def size(place: Installation, members: int, rounds: int, seconds: int, tell: Tell) -> Iterator[Figure]:
    """The same with very many members present and with few."""
    few, many = (place.opened(REPLICAS, suffix=suffix) for suffix in (FEW, MANY))
    for doors, suffix, count in ((few, FEW, 1_000), (many, MANY, members)):
        tell(f"{count:,} members are put in")
        crowd_postgres.fill(place.server, doors.joined, count, database_of(suffix), database_of(suffix, "chorus_keys"))
    taken = [Measured.of("join", doors.join, doors.gateway, doors.campaign) for doors in (few, many)]
    for number in range(rounds + 1):
        tell(f"joins with {members:,} members and with 1,000: {_round(number, rounds)}")
        for each in taken:
            each.once(seconds if number else 1, CONNECTIONS[0], place.server_seconds, counts=number > 0)
    name = f"joins over the hop with {members:,} members"
    yield beside(name, taken[1].rates, "/s", "with 1,000 members", taken[0].rates, ">= 0.9")


def _round(number: int, rounds: int) -> str:
    return f"round {number} of {rounds}" if number else "warming up"


def _crud(place: Installation) -> Web:
    server = place.server
    dsn = f"host={HOST} port={server.port} user=postgres password={server.superuser_password} dbname={pgbench.DATABASE}"
    return place.web("crud", "tests.load.crud_postgres:build", REPLICAS, {crud_postgres.DSN: dsn})


def _library(place: Installation) -> Doors:
    server = place.server
    where = f"{HOST} {server.port} postgres {server.superuser_password} {pgbench.DATABASE}"
    return place.opened(REPLICAS, suffix=SAVED, campaign=LIBRARY, settings={library_campaign.LIBRARY: where})
