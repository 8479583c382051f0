"""A distributed run under drill: what a hand on the machine can do to it, and how it is looked at afterwards."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from services.distributed.parts.process import HOST, Child, is_alive
from services.distributed.ports import Ports
from services.distributed.processes import Place, entry
from services.kit.sql.locks import lock_key
from services.notifier.adapters.mailbox import Mailbox
from tests.drills.crowd import Crowd
from tests.drills.facts import Facts
from tests.drills.gathering import Witness
from tests.drills.small_disk import SmallDisk
from tests.load.people import mailed_token, published
from tests.load.running import Door
from tests.support.distributed import Run, distributed_run

RELAY_LEASE: Final = "campaign-relay"
PUBLISHED: Final = "chorus_relay_records_total{"
CAMPAIGNS: Final = 3
REPLICAS: Final = ("--gateways", "2", "--campaigns", "2", "--notifiers", "2")
CLOCK: Final = "CHORUS_CLOCK_WRONG"
BROKER_DISK: Final = 256
"""Megabytes: a broker's indexes are sparse files, its records few."""
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Scale:
    """How long a drill takes; the form and what is checked are the same."""

    short: bool
    seconds: float
    """Of load before and after a blow."""
    blows: int
    away: float
    people: int
    pause: float
    settles: float = 600.0


SHORT: Final = Scale(short=True, seconds=0.4, blows=1, away=2, people=2, pause=0.25)
LONG: Final = Scale(short=False, seconds=3, blows=3, away=60, people=4, pause=0.25)


@dataclass(frozen=True)
class Relay:
    """One of two; its own port tells what it has put on the topic."""

    pid: int
    port: int

    def published(self) -> int:
        with urllib.request.urlopen(f"http://{HOST}:{self.port}/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        return int(sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(PUBLISHED)))

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """With all that it has in hand."""
        os.killpg(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.pid, signal.SIGCONT)


class House:
    """A run with people in it."""

    def __init__(self, run: Run, crowd: Crowd, witness: Witness, disk: SmallDisk, scale: Scale) -> None:
        self.run = run
        self.crowd = crowd
        self.witness = witness
        self.disk = disk
        self.scale = scale
        self.clock = run.data.parent / "clock-wrong"

    def load(self, seconds: float | None = None) -> None:
        """Lets people come for a while, and until somebody was answered."""
        before, ends = len(self.crowd.joined), time.monotonic() + (self.scale.seconds if seconds is None else seconds)
        while time.monotonic() < ends:
            time.sleep(0.05)
        self.until(lambda: len(self.crowd.joined) > before, "nobody is answered")

    def until(self, true: Callable[[], bool], otherwise: str, seconds: float = 180) -> None:
        ends = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < ends, f"{otherwise} after {seconds:.0f} s:\n{self.run.told()}"
            time.sleep(0.1)

    def pid(self, name: str) -> int:
        pid = self.run.find(name)["pid"]
        assert pid is not None, f"{name} is down"
        return int(pid)

    def kill(self, name: str) -> None:
        """And waits until the process that came in its place is ready."""
        before = self.run.find(name)["restarts"]
        self.run.kill(name)
        self.until(lambda: self.run.find(name)["restarts"] > before, f"{name} is not started again")
        self.run.until_ready(name, seconds=180)

    @contextmanager
    def away(self, name: str) -> Iterator[None]:
        """Killed, and not there: whoever starts it again is stopped meanwhile."""
        pid, keeper = self.pid(name), self.run.process.pid
        before = self.run.find(name)["restarts"]
        os.kill(keeper, signal.SIGSTOP)
        try:
            os.killpg(pid, signal.SIGKILL)
            yield
        finally:
            os.kill(keeper, signal.SIGCONT)
        self.until(lambda: self.run.find(name)["restarts"] > before, f"{name} is not started again")
        self.run.until_ready(name, seconds=180)

    @contextmanager
    def mail_server_that(self, answer: str, delay_seconds: float = 0) -> Iterator[None]:
        self._behave(answer, delay_seconds)
        try:
            yield
        finally:
            self._behave("take", 0)

    def relay(self) -> Relay:
        return Relay(self.pid("campaign-relay"), int(self.run.find("campaign-relay")["port"]))

    @contextmanager
    def second_relay(self) -> Iterator[Relay]:
        row, own = entry("campaign-relay"), Ports().take()
        settings = {**row.environment(Place(**self.run.place)), "CHORUS_BIND": f"{HOST}:{own}"}
        command = [sys.executable, "-m", "services.embedded.cli", *row.command[1:]]
        child = Child("second relay", command, log=self.run.data / "logs" / "second-relay.log", environment=settings)
        try:
            child.wait_until(lambda: _ready(own), patience=120)
            yield Relay(child.pid, own)
        finally:
            if is_alive(child.pid):
                os.killpg(child.pid, signal.SIGCONT)
            child.stop()

    def take_lease_away(self) -> None:
        """Ends the connection that holds the relay's lease, as a network would; its holder does not know yet."""
        with self.witness.connected("superuser") as database:
            database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted "
                "AND objsubid = 1 AND ((classid::bigint << 32) | objid::bigint) = %s",
                (lock_key(RELAY_LEASE),),
            )

    def set_clock_wrong(self, seconds: float) -> None:
        new = self.clock.with_suffix(".new")
        new.write_text(str(seconds), encoding="ascii")
        new.replace(self.clock)

    def settled(self) -> Facts:
        """People rest, followers finish; then all is read. What does not finish in time is seen in the facts."""
        self.crowd.rest()
        ends = time.monotonic() + self.scale.settles
        quiet = 0
        while quiet < 2 and time.monotonic() < ends:
            quiet = quiet + 1 if self._all_done() else 0
            time.sleep(0.2)
        facts = self.witness.gathered(self.crowd.joined, self.crowd.confirmed)
        self.crowd.come()
        return facts

    def _all_done(self) -> bool:
        try:
            if self.scale.short:
                self.witness.send_what_waits()
            return self.witness.behind() is None
        except psycopg.OperationalError:
            return False

    def _behave(self, answer: str, delay_seconds: float) -> None:
        body = json.dumps({"answer": answer, "delay_seconds": delay_seconds}).encode()
        url = f"http://{HOST}:{self.run.find('mail')['port']}/_mailbox-manners"
        told = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="PUT")
        urllib.request.urlopen(told, timeout=30).close()


@contextmanager
def a_house(folder: Path, scale: Scale, tell: Tell) -> Iterator[House]:
    """`folder` is one that PostgreSQL's account may enter. The broker writes to a small disk of its own."""
    data = folder / "data"
    with _environment(CLOCK, str(folder / "clock-wrong")), SmallDisk(data / "kafka", BROKER_DISK) as disk:
        replicas = ("--gateways", "1", "--campaigns", "1", "--notifiers", "1") if scale.short else REPLICAS
        with distributed_run(*replicas, data=data) as run:
            tell("the run stands")
            port = int(run.url.rpartition(":")[2])
            with Door(port, timeout=60) as door, Door(run.find("mail")["port"]) as mails:
                session = _signed_in(door, mails, "chen.jing@example.org")
                campaigns = [published(door, session) for _ in range(CAMPAIGNS)]
            mailbox = Mailbox(data / "mail" / "mailbox")
            with (
                closing(Witness(run)) as witness,
                Crowd(port, campaigns, mailbox, people=scale.people, pause=scale.pause) as crowd,
            ):
                yield House(run, crowd, witness, disk, scale)


def _signed_in(door: Door, mails: Door, email: str) -> str:
    browser = door.api("POST", "/sign-in-links", {"email": email})["browser"]
    token = mailed_token(mails, email, "sign-in", seconds=120)
    return str(door.api("POST", "/sessions", {"token": token, "browser": browser})["session"])


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/health/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
