"""People who join without pause, confirm by the link of their mail, and ask again until they are answered."""

from __future__ import annotations

import http.client
import itertools
import re
import threading
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final

from services.notifier.adapters.mailbox import Mailbox
from tests.load.people import a_join
from tests.load.running import Door

TOKEN: Final = re.compile(r"[#/=]([A-Za-z0-9_-]{40,})")
AGAIN_SECONDS: Final = 0.3
ASKS_AT_MOST: Final = 120.0
Unanswered = (OSError, http.client.HTTPException)


class Crowd:
    """`campaigns` are joined in turn. Every second person asks once and does not care for an answer; the others ask
    again under the same Idempotency-Key. All that were answered are remembered."""

    def __init__(self, port: int, campaigns: Sequence[str], mailbox: Mailbox, *, people: int, pause: float) -> None:
        self.joined: dict[str, str] = {}
        self.confirmed: dict[str, str] = {}
        self.unanswered = 0
        self._port = port
        self._campaigns = campaigns
        self._mailbox = mailbox
        self._pause = pause
        self._numbers = itertools.count(1)
        self._opened: str | None = None
        self._home = threading.Event()
        self._arrive = threading.Event()
        self._threads = [
            *(threading.Thread(target=self._keep, args=(self._join,), name=f"joins-{n}") for n in range(people)),
            threading.Thread(target=self._keep, args=(self._confirm,), name="confirms"),
        ]

    def __enter__(self) -> Crowd:
        self._arrive.set()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._home.set()
        self._arrive.set()
        for thread in self._threads:
            thread.join(ASKS_AT_MOST)

    def rest(self) -> None:
        """Nobody new comes; whoever waits for an answer goes on asking."""
        self._arrive.clear()

    def come(self) -> None:
        self._arrive.set()

    def _keep(self, do: Callable[[Door], None]) -> None:
        with Door(self._port, timeout=20) as door:
            while not self._home.is_set():
                self._arrive.wait()
                do(door)
                self._home.wait(self._pause)

    def _join(self, door: Door) -> None:
        if not self._arrive.is_set() or self._home.is_set():
            return
        number = next(self._numbers)
        address, campaign = f"zhao.min.{number}@example.org", self._campaigns[number % len(self._campaigns)]
        key = {} if number % 2 else {"Idempotency_Key": str(uuid.uuid4())}
        told = self._asked(door, f"/api/v1/campaigns/{campaign}/members", a_join(address), again=bool(key), **key)
        if told == 202:
            self.joined[address] = campaign

    def _confirm(self, door: Door) -> None:
        for mail in self._mailbox.list(kind="confirmation", after=self._opened):
            if self._home.is_set() or not self._arrive.is_set():
                return
            tokens = [found[1] for link in mail.links if (found := TOKEN.search(link))]
            if mail.to not in self.joined or not tokens:
                self._opened = mail.id
                continue
            told = self._asked(door, "/api/v1/confirmations", {"token": tokens[0]}, again=True)
            if told is not None and told < 300:
                self.confirmed[mail.to] = self.joined[mail.to]
            self._opened = mail.id

    def _asked(self, door: Door, path: str, body: object, *, again: bool, **headers: str) -> int | None:
        """The status of an answer; None where there was none. A server that is busy or away is asked again."""
        for _ in range(int(ASKS_AT_MOST / AGAIN_SECONDS)):
            try:
                answer: Any = door.send("POST", path, body, **headers)
            except Unanswered:
                answer = None
            if answer is not None and answer.status < 500:
                return int(answer.status)
            self.unanswered += 1
            if not again or self._home.is_set():
                break
            self._home.wait(AGAIN_SECONDS)
        return None
