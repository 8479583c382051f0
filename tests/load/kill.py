"""Killing the server while people join: `python -m tests.load.kill --times 100`.

`kill -9` hits the worker, the master, or both, at random moments; after each start the log must hold every join that
was answered, once, and after the last one progress and mails must tell of exactly these.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import random
import sqlite3
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from services.campaign.application.store import Kind
from services.campaign.vault.addresses import person_key
from tests.load.people import a_join, mails, published, signed_in
from tests.load.running import Door, Server, answers, kill

KINDS = ("both", "worker", "both", "master")
OWNERS = "SELECT owner FROM unique_keys WHERE key=? AND kind=?"
JOINED = "SELECT count(*) FROM stored_events WHERE originator_id=? AND topic='membership.joined'"
HOLES = """SELECT count(*) FROM (
  SELECT campaign_no, count(*) AS n, max(log_index) AS last FROM stored_events GROUP BY campaign_no)
  JOIN campaigns USING (campaign_no) WHERE last <> n - 1 OR size <> n"""


@dataclass(frozen=True)
class Found:
    """What the log holds at one moment."""

    acknowledged: int
    joined: int
    events: int


class Siege:
    """Clients that join without pause, and a server that is killed under them."""

    def __init__(self, folder: Path, clients: int = 16, pause: float = 0.02, seed: int = 1) -> None:
        self.server = Server(folder / "data")
        self.seconds_down: list[float] = []
        self._pause = pause
        self._chance = random.Random(seed)
        self._numbers = itertools.count(1)
        self._acknowledged: list[str] = []
        self._stopping = threading.Event()
        self._clients = [threading.Thread(target=self._join, name=f"client-{n}") for n in range(clients)]

    def __enter__(self) -> Siege:
        self.server.start()
        with Door(self.server.port) as door:
            self.campaign = published(door, signed_in(door, "chen.jing@example.org"))
        for client in self._clients:
            client.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.leave_off()
        self.server.stop()

    def leave_off(self) -> None:
        """Nobody joins any more."""
        self._stopping.set()
        for client in self._clients:
            client.join()

    def strike(self, kind: str) -> Found:
        """At a random moment; returns when the server answers again and its log was looked at."""
        time.sleep(self._chance.uniform(0.2, 1.2))
        struck = time.monotonic()
        {"both": self._kill_both, "worker": self._kill_worker, "master": self._kill_master}[kind]()
        self.seconds_down.append(time.monotonic() - struck)
        return self.look()

    def look(self) -> Found:
        """Every answered join is in the log exactly once, and nothing is missing between its events."""
        acknowledged = list(self._acknowledged)
        data = self.server.data / "campaign"
        pepper = (data / "secrets" / "pepper").read_bytes()
        with closing(sqlite3.connect(f"file:{data / 'events.db'}?mode=ro", uri=True, timeout=10)) as log:
            log.execute("BEGIN")
            events, last = log.execute("SELECT count(*), max(notification_id) FROM stored_events").fetchone()
            assert events == last, f"{events} events, but the last is number {last}"
            assert log.execute(HOLES).fetchone() == (0,), "a campaign's log has a hole"
            topic = "SELECT count(*), count(DISTINCT originator_id) FROM stored_events WHERE topic='membership.joined'"
            joined, members = log.execute(topic).fetchone()
            (keys,) = log.execute("SELECT count(*) FROM unique_keys WHERE kind=?", (Kind.MEMBER,)).fetchone()
            assert joined == members == keys, f"{joined} joins, {members} members, {keys} keys"
            for address in acknowledged:
                owners = log.execute(OWNERS, (person_key(pepper, address), Kind.MEMBER)).fetchall()
                assert len(owners) == 1, f"{address} was answered, and has {len(owners)} memberships"
                assert log.execute(JOINED, owners[0]).fetchone() == (1,), f"{address} has no event"
        return Found(len(acknowledged), joined, events)

    def settled(self, seconds: float = 120) -> Found:
        """Once all followers are done: numbers and mails tell of every join, once."""
        ends = time.monotonic() + seconds
        with Door(self.server.port) as door:
            while True:
                found = self.look()
                told = door.api("GET", f"/campaigns/{self.campaign}/progress")
                letters = Counter(mail["to"] for mail in mails(door, kind="confirmation", brief=True))
                done = told["members_pending"] == found.joined and len(letters) >= found.joined
                if done or time.monotonic() > ends:
                    break
                time.sleep(0.5)
        assert told["members_pending"] == found.joined, f"progress tells of {told['members_pending']} of {found.joined}"
        assert told["size"] == found.events, f"progress has seen {told['size']} of {found.events} events"
        assert len(letters) == found.joined, f"{len(letters)} addresses have mail, {found.joined} joined"
        twice = [address for address, count in letters.items() if count != 1]
        assert not twice, f"{len(twice)} addresses got a mail twice"
        assert set(self._acknowledged) <= set(letters), "an answered join has no mail"
        return found

    def _kill_both(self) -> None:
        self.server.kill()
        self.server.start()

    def _kill_worker(self) -> None:
        worker = self.server.worker
        assert worker is not None
        kill(worker)
        self._until(lambda: self.server.worker not in (worker, None))
        self._until(lambda: answers(self.server.port))

    def _kill_master(self) -> None:
        """The orphan answers until it notices; the new server waits for the folder meanwhile."""
        orphan = self.server.worker
        self.server.kill_master()
        self.server.start()
        self._until(lambda: not Path(f"/proc/{orphan}").exists())
        self._until(lambda: answers(self.server.port))

    def _until(self, true: Callable[[], bool], seconds: float = 60) -> None:
        ends = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < ends, "the server does not come back"
            time.sleep(0.02)

    def _join(self) -> None:
        door = Door(self.server.port, timeout=10)
        while not self._stopping.is_set():
            address = f"zhao.min.{next(self._numbers)}@example.org"
            try:
                answer = door.send("POST", f"/api/v1/campaigns/{self.campaign}/members", a_join(address))
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
                continue
            if answer.status == 202:
                self._acknowledged.append(address)
            time.sleep(self._pause)
        door.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.load.kill")
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="chorus-kill-") as folder,
        Siege(Path(folder), pause=0.05, seed=given.seed) as siege,
    ):
        for number, kind in zip(range(1, given.times + 1), itertools.cycle(KINDS), strict=False):
            found = siege.strike(kind)
            down = siege.seconds_down[-1]
            print(f"{number:4d} {kind:6s} back after {down:4.1f} s, {found.acknowledged} answered, {found}", flush=True)
        siege.leave_off()
        print("settled:", siege.settled(seconds=600), f"seed {given.seed}")


if __name__ == "__main__":
    main()
