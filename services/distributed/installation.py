"""A whole installation on one machine: parts and services started in order, kept running, ended in order."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from services.distributed.guard import Guard
from services.distributed.kept import Kept, Tell
from services.distributed.local_parts import LocalParts, PartPorts, chorus
from services.distributed.parts.process import HOST, Child, PartFailed
from services.distributed.ports import Ports
from services.distributed.processes import PROCESSES, READY, Entry, Place
from services.distributed.secrets import make_missing

READY_SECONDS: Final = 180.0
STOP_SECONDS: Final = 10.0
OTHERS_CONNECTIONS: Final = 20


@dataclass(frozen=True)
class Wanted:
    """What is to run: `replicas` by the names that the table uses (GATEWAYS, CAMPAIGNS, NOTIFIERS)."""

    data: Path
    port: int
    replicas: Mapping[str, int]
    clock_file: Path | None = None
    more: Mapping[str, str] | None = None
    """Settings for all processes, over those of the table."""


@dataclass(frozen=True)
class Running:
    """One process as it is told to whoever looks: its own port answers for health and metrics."""

    name: str
    kind: str
    pid: int | None
    port: int
    log: str
    restarts: int


def connections(replicas: Mapping[str, int]) -> int:
    """To PostgreSQL at most, with a few for whoever looks, backs up or repairs."""
    each = (one.connections * (1 if one.replicas is None else replicas.get(one.replicas, 1)) for one in PROCESSES)
    return sum(each) + OTHERS_CONNECTIONS


class Installation:
    """`tell` hears what happens, one line each; `door` is the address of the runner's own pages."""

    def __init__(self, wanted: Wanted, door_port: int, ports: Ports, tell: Tell) -> None:
        self.wanted = wanted
        self.secrets = wanted.data / "secrets"
        self._door = f"http://{HOST}:{door_port}"
        self._ports = ports
        self._tell = tell
        self._guard = Guard()
        self._kept: list[Kept] = []
        self._own_ports: dict[str, int] = {}
        self._kinds: dict[str, str] = {}
        self.parts = LocalParts(wanted.data, self.secrets, PartPorts.taken(ports), connections(wanted.replicas))
        self._doors = {"gateway-web": wanted.port, "campaign-web": ports.take(), "notifier-web": ports.take()}
        self.place = self._place()

    @property
    def url(self) -> str:
        return self.place.base_url

    def start(self) -> None:
        """Returns when every process says that it is ready. Raises PartFailed."""
        self._step("secrets", lambda: make_missing(self.secrets, datetime.now(UTC)))
        self._together(self.parts.starts())
        self._step("databases and topics", self._prepare)
        self._together(
            {name: self._launcher(name, entry, number) for name, entry, number in self._replicas()}, wait=self._ready
        )

    def processes(self) -> list[Running]:
        return [
            Running(
                kept.name, self._kinds[kept.name], kept.pid, self._own_ports[kept.name], str(self._log(kept.name)),
                kept.restarts,
            )
            for kept in self._kept
        ]  # fmt: skip

    def describe(self) -> str:
        """JSON: addresses, and what runs; for drills and whoever looks."""
        told = {"url": self.url, "door": self._door, "place": vars(self.place), "secrets": str(self.secrets)}
        return json.dumps({**told, "processes": [asdict(one) for one in self.processes()]}, indent=1)

    def stop(self) -> None:
        """Services first, then what they stand on; what does not end in time is killed."""
        for kept in self._kept:
            kept.let_go()
        for kind in ("web", "follower", "part"):
            mine = [kept for kept in self._kept if self._kinds[kept.name] == kind]
            if mine:
                with ThreadPoolExecutor(len(mine)) as pool:
                    list(pool.map(lambda kept: kept.stop(STOP_SECONDS), mine))
        self._guard.close()

    def _place(self) -> Place:
        part, doors = self.parts.ports, self._doors
        return Place(
            secrets=str(self.secrets),
            postgres=f"{HOST}:{part.postgres}",
            kafka=f"{HOST}:{part.kafka}",
            mail_host=HOST,
            mail_port=str(part.smtp),
            s3=f"http://{HOST}:{part.s3}",
            campaign=f"http://{HOST}:{doors['campaign-web']}",
            notifier=f"http://{HOST}:{doors['notifier-web']}",
            base_url=f"http://{HOST}:{doors['gateway-web']}",
        )

    def _prepare(self) -> None:
        once = [entry for entry in PROCESSES if entry.kind == "once"]
        with ThreadPoolExecutor(len(once)) as pool:
            list(pool.map(self._run_once, once))

    def _run_once(self, entry: Entry) -> None:
        child = self._child(entry.name, entry.command, entry.environment(self.place))
        until = time.monotonic() + READY_SECONDS
        while child.exit_code is None and time.monotonic() < until:
            time.sleep(0.05)
        if child.exit_code != 0:
            child.kill()
            raise PartFailed(f"{entry.name} ended with {child.exit_code}\n{child.last_lines()}")

    def _replicas(self) -> list[tuple[str, Entry, int]]:
        found = []
        for entry in PROCESSES:
            count = 1 if entry.replicas is None else self.wanted.replicas.get(entry.replicas, 1)
            if entry.kind != "once":
                names = [entry.name] if entry.replicas is None else [f"{entry.name}-{n}" for n in range(1, count + 1)]
                found += [(name, entry, n) for n, name in enumerate(names, 1)]
        return found

    def _launcher(self, name: str, entry: Entry, number: int) -> Callable[[], Child]:
        settings = {**entry.environment(self.place), "CHORUS_BIND": self._bind(name, entry)}
        if entry.name == "gateway-web":
            settings |= {"CHORUS_MAILBOX_PAGE": "/_mailbox", "CHORUS_LOCAL_DOOR": self._door}
        if self.wanted.clock_file is not None:
            settings["CHORUS_CLOCK_FILE"] = str(self.wanted.clock_file)
            settings["CHORUS_INTERNAL_SECRET_FILE"] = str(self.secrets / "internal")
        settings |= dict(self.wanted.more or {})
        self._kinds[name] = entry.kind
        return lambda: self._child(name, entry.command, settings)

    def _bind(self, name: str, entry: Entry) -> str:
        own = f"{HOST}:{self._own_port(name)}"
        return f"{HOST}:{self._doors[entry.name]},{own}" if entry.kind == "web" else own

    def _own_port(self, name: str) -> int:
        if name not in self._own_ports:
            self._own_ports[name] = vars(self.parts.ports).get(name) or self._ports.take()
        return self._own_ports[name]

    def _ready(self, name: str) -> None:
        kept = next(one for one in self._kept if one.name == name)
        ends = time.monotonic() + READY_SECONDS
        while not _answers(self._own_ports[name], READY):
            if kept.restarts > 2 or time.monotonic() > ends:
                raise PartFailed(f"{name} is not ready; see {self._log(name)}\n{_last_lines(self._log(name))}")
            time.sleep(0.1)

    def _together(self, starts: Mapping[str, Callable[[], Child]], wait: Callable[[str], None] | None = None) -> None:
        """Starts all at the same time, since most of it is waiting; says how long each took."""
        for name, start in starts.items():
            self._own_port(name)
            self._kinds.setdefault(name, "part")
            self._kept.append(Kept(name, start, self._tell))

        def one(name: str) -> None:
            kept = next(each for each in self._kept if each.name == name)
            began = time.monotonic()
            kept.start()
            if wait is not None:
                wait(name)
            self._tell(f"{name:18} {time.monotonic() - began:5.1f} s")

        with ThreadPoolExecutor(len(starts)) as pool:
            list(pool.map(one, starts))

    def _step(self, what: str, do: Callable[[], object]) -> None:
        began = time.monotonic()
        do()
        self._tell(f"{what:18} {time.monotonic() - began:5.1f} s")

    def _child(self, name: str, command: tuple[str, ...], settings: Mapping[str, str]) -> Child:
        return chorus(name, command[1:], settings, log=self._log(name))

    def _log(self, name: str) -> Path:
        return self.parts.log(name) if self._kinds.get(name) == "part" else self.wanted.data / "logs" / f"{name}.log"


def _answers(port: int, path: str = "/health/live") -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _last_lines(log: Path, count: int = 10) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]) if log.exists() else ""
