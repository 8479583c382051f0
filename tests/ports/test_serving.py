"""A process of a service under its server: how it answers for itself, ends, and takes its turn under a clock set by
hand."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from services.kit.clock import FileClock, SharedClock, WrongClock
from tests.load.running import free_port

HERE = Path(__file__).parents[2]
START = datetime(2026, 3, 2, 1, tzinfo=UTC)


class Served:
    def __init__(self, folder: Path, kind: str, build: str, **settings: str) -> None:
        self.folder, self.port, self.own = folder, free_port(), free_port()
        self.log = folder / "log"
        bind = f"127.0.0.1:{self.port},127.0.0.1:{self.own}" if kind == "web" else f"127.0.0.1:{self.own}"
        environment = {"PYTHONPATH": str(HERE), "CHORUS_BIND": bind, "CHORUS_INTERNAL_SECRET": "open", **settings}
        command = [sys.executable, "-m", "services.kit.serve", f"test-{kind}", kind, f"tests.support.served:{build}"]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out)

    def get(self, path: str, port: int | None = None, body: Any = None, secret: str = "open") -> tuple[int, bytes]:
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{port or self.own}{path}"
        request = urllib.request.Request(url, data, {"X-Chorus-Secret": secret})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def until_live(self) -> None:
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            try:
                if self.get("/health/live")[0] == 200:
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise AssertionError(self.log.read_text())


@contextmanager
def served(folder: Path, kind: str, build: str, **settings: str) -> Iterator[Served]:
    one = Served(folder, kind, build, **settings)
    try:
        one.until_live()
        yield one
    finally:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()


@pytest.mark.parametrize("kind", ["web", "follower"])
def test_it_answers_for_its_health_and_tells_metrics_on_its_own_port_alone(tmp_path: Path, kind: str) -> None:
    with served(tmp_path, kind, kind) as one:
        status, body = one.get("/health/ready")
        assert (status, json.loads(body)["ok"]) == (200, True)
        assert b"chorus_worker_done_total" in one.get("/metrics")[1]
        if kind == "web":
            assert one.get("/metrics", one.port) == (200, b"/metrics")
            assert one.get("/health/ready", one.port)[0] == 200
        else:
            assert one.get("/anything")[0] == 404
            (tmp_path / "unwell").touch()
            status, body = one.get("/health/ready")
            assert (status, json.loads(body)["checks"]["broker"]) == (503, "broker-away")
            assert one.get("/health/live")[0] == 200
        assert one.get("/turn")[0] == (200 if kind == "web" else 404)
        one.process.send_signal(signal.SIGTERM)
        assert one.process.wait(15) == 0
        assert (tmp_path / "closed").read_text() == "in order"
        assert {line["service"] for line in one.lines()} == {f"test-{kind}"}


def test_a_request_under_way_is_finished_before_the_end(tmp_path: Path) -> None:
    with served(tmp_path, "web", "web") as one:
        answers: list[tuple[int, bytes]] = []
        slow = threading.Thread(target=lambda: answers.append(one.get("/slow", one.port)))
        slow.start()
        time.sleep(0.5)
        one.process.send_signal(signal.SIGTERM)
        slow.join()
        assert answers == [(200, b"/slow")]
        assert one.process.wait(15) == 0


def test_a_kept_connection_on_which_nobody_asks_holds_up_no_end(tmp_path: Path) -> None:
    with served(tmp_path, "web", "web") as one:
        with closing(HTTPConnection("127.0.0.1", one.port)) as kept:
            kept.request("GET", "/hello")
            assert kept.getresponse().read() == b"/hello"
            began = time.monotonic()
            one.process.send_signal(signal.SIGTERM)
            assert one.process.wait(15) == 0
            assert time.monotonic() - began < 5
        assert [line for line in one.lines() if line["level"] in ("warning", "error")] == []


def test_what_stands_in_the_way_of_a_start_is_told_in_one_line(tmp_path: Path) -> None:
    one = Served(tmp_path, "follower", "broken")
    assert one.process.wait(20) == 3
    (line,) = [line for line in one.lines() if line["event"] == "cannot start"]
    assert line["code"] == "schema-missing"


def test_a_setting_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    one = Served(tmp_path, "follower", "follower", CHORUS_DRAIN_SECONDS="soon")
    assert one.process.wait(20) == 3
    assert "CHORUS_DRAIN_SECONDS" in one.lines()[0]["reason"]


def test_under_a_clock_set_by_hand_it_takes_its_turn_when_asked(tmp_path: Path) -> None:
    clock = SharedClock(tmp_path / "clock", START)
    with served(tmp_path, "follower", "follower", CHORUS_CLOCK_FILE=str(clock.path)) as one:
        assert one.get("/turn", secret="guessed")[0] == 404
        due = (START + timedelta(hours=1)).isoformat()
        generation = 0
        while generation < 3:
            generation = json.loads(one.get("/turn", body={})[1])["generation"]
        assert json.loads(one.get("/turn")[1]) == {"generation": 3, "behind": 0, "shares": {}, "next_due": due}
        clock.set(START + timedelta(hours=2))
        assert json.loads(one.get("/turn/due", body={"horizon": due, "inclusive": False})[1])["done"] == 0
        told = json.loads(one.get("/turn/due", body={"horizon": due, "inclusive": True})[1])
        assert (told["done"], told["next_due"]) == (1, None)


def test_a_clock_in_a_file_goes_on_from_where_it_stood(tmp_path: Path) -> None:
    clock = SharedClock(tmp_path / "clock", START)
    seen = FileClock(clock.path)
    assert seen.now() == START
    clock.set(START + timedelta(days=3))
    assert seen.now() == START + timedelta(days=3)
    assert SharedClock(tmp_path / "clock", START).now() == START + timedelta(days=3)


def test_a_wrong_clock_is_wrong_by_what_its_file_says_and_may_jump_back(tmp_path: Path) -> None:
    file = tmp_path / "wrong"
    clock = WrongClock(file)
    right = clock.now()
    file.write_text("-3600")
    assert timedelta(minutes=59) < right - clock.now() <= timedelta(hours=1)
    file.write_text("0")
    assert clock.now() >= right
