"""A reader of a campaign's live stream that notes when it told of how many leaves."""

from __future__ import annotations

import http.client
import json
import threading
import time


class Watcher:
    """Opens the stream again where it ends; `told` grows with (instant, leaves) as they come."""

    def __init__(self, port: int, campaign: str) -> None:
        self.told: list[tuple[float, int]] = []
        self._port = port
        self._path = f"/api/v1/campaigns/{campaign}/events"
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watcher", daemon=True)

    def __enter__(self) -> Watcher:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(30)

    def leaves(self) -> int:
        return self.told[-1][1] if self.told else 0

    def wait_for(self, leaves: int, seconds: float) -> bool:
        ends = time.monotonic() + seconds
        while self.leaves() < leaves and time.monotonic() < ends:
            time.sleep(0.05)
        return self.leaves() >= leaves

    def told_of(self, leaves: int) -> float:
        """When so many were told of, or more."""
        return next(at for at, told in self.told if told >= leaves)

    def _watch(self) -> None:
        seen: dict[str, str] = {}
        while not self._stopping.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            connection.request("GET", self._path, headers={"Accept": "text/event-stream", **seen})
            self._read(connection.getresponse(), seen)
            connection.close()

    def _read(self, answer: http.client.HTTPResponse, seen: dict[str, str]) -> None:
        event = ""
        while not self._stopping.is_set() and (line := answer.readline()):
            name, _, value = line.decode().strip().partition(": ")
            if name == "id":
                seen["Last-Event-ID"] = value
            elif name == "event":
                event = value
            elif name == "data" and event == "progress":
                self.told.append((time.monotonic(), int(json.loads(value)["size"])))
