"""The parts of the benchmark on PostgreSQL: joins over the hop, appending, size; each beside its baselines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from services.distributed.parts.process import HOST
from tests.load import crud_postgres, library_campaign, pgbench
from tests.load.bench_gateway import EMPTY
from tests.load.figures import Figure, beside
from tests.load.installation import Doors, Installation, Web
from tests.load.wrk import Run, measure

REPLICAS = 2
CONNECTIONS = (64, 256)
CLIENTS = 32
EMPTY_POST, CRUD = "an empty POST of the gateway", "Flask + psycopg, INSERT and COMMIT"
SAVE, PGBENCH = "the library's app.save", "pgbench, single-row INSERT"
FOLLOWED = "tests.load.library_campaign:build"
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

    def once(self, seconds: int, connections: int, counts: bool) -> None:
        before = [web.cpu_seconds() for web in self.webs]
        run = measure(self.url, seconds, connections)
        assert run.errors == 0, f"{self.name}: {run.errors} requests were not answered well"
        if counts:
            self.runs.append(run)
            spent = [web.cpu_seconds() - was for web, was in zip(self.webs, before, strict=True)]
            self.microseconds.append([each / (run.rate * seconds) * 1e6 for each in spent])

    @property
    def rates(self) -> list[float]:
        return [run.rate for run in self.runs]

    def spent(self) -> str:
        """Microseconds of CPU for one request, by the processes it passes."""
        return " + ".join(f"{median(column):.0f}" for column in zip(*self.microseconds, strict=True))


@contextmanager
def installed(folder: Path) -> Iterator[Installation]:
    installation = Installation.made(folder)
    try:
        pgbench.prepare(installation.server)
        installation.server.psql(crud_postgres.TABLE, pgbench.DATABASE)
        yield installation
    finally:
        installation.close()


def joins(place: Installation, rounds: int, seconds: int, tell: Tell) -> Iterator[Figure]:
    """Through gateway and campaign to the commit, sealing included; followers, which work later, are not started."""
    ours, library = place.opened(REPLICAS), _library(place)
    plain = _crud(place)
    join = Measured.of("join", ours.join, ours.gateway, ours.campaign)
    for connections in CONNECTIONS:
        taken = {
            EMPTY_POST: Measured.of("empty", f"{ours.gateway.url}{EMPTY}", ours.gateway),
            CRUD: Measured.of("plain insert", f"{plain.url}/campaigns/{ours.joined}/members", plain),
            SAVE: Measured.of("app.save", library.join, library.gateway, library.campaign),
            "": (join := Measured.of("join", ours.join, ours.gateway, ours.campaign)),
        }
        rows: list[float] = []
        for number in range(rounds + 1):
            tell(f"joins on PostgreSQL, {connections} connections, round {number} of {rounds}")
            for each in taken.values():
                each.once(seconds if number else 1, connections, counts=number > 0)
            if number:
                rows.append(pgbench.inserts(place.server, place.folder, CLIENTS, seconds))
        name = f"joins over the hop, {connections} connections"
        for base, target in ((EMPTY_POST, ">= 0.50"), (CRUD, ">= 1.3"), (SAVE, ">= 6")):
            yield beside(name, join.rates, "/s", base, taken[base].rates, target)
        yield beside(name, join.rates, "/s", PGBENCH, rows)
        slow = [run.p99 for run in join.runs]
        yield beside(
            f"p99 of these, {connections} connections", slow, "ms", CRUD, [r.p99 for r in taken[CRUD].runs], "<= 0.5"
        )
        for each in taken.values():
            tell(f"  {each.name}: {each.spent()} us of CPU a request")


def _crud(place: Installation) -> Web:
    server = place.server
    dsn = f"host={HOST} port={server.port} user=postgres password={server.superuser_password} dbname={pgbench.DATABASE}"
    return place.web("crud", "tests.load.crud_postgres:build", REPLICAS, {crud_postgres.DSN: dsn})


def _library(place: Installation) -> Doors:
    server = place.server
    where = f"{HOST} {server.port} postgres {server.superuser_password} {pgbench.DATABASE}"
    return place.opened(REPLICAS, campaign=FOLLOWED, settings={library_campaign.LIBRARY: where})
