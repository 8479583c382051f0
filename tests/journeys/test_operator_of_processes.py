"""An operator of many processes: one id through all of their logs, a doctor that finds them well, numbers of each."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.distributed.processes import Place, entry
from tests.load.people import a_join, mailed_token, published
from tests.load.running import Door
from tests.support.distributed import Run, distributed_run

CHORUS = Path(__file__).parents[2] / ".venv" / "bin" / "chorus"
SEEN_IN = {"request": "gateway-web", "mail sent": "notifier-worker"}


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with distributed_run("--gateways", "1", "--campaigns", "1", "--notifiers", "1") as run:
        run.until_ready()
        yield run


def lines(run: Run, request: str) -> list[dict[str, Any]]:
    """Of all logs, those that name this request."""
    texts = [path.read_text(errors="replace") for path in sorted((run.data / "logs").glob("*.log"))]
    found = [line for text in texts for line in text.splitlines() if request in line]
    assert all(line.startswith("{") for line in found), found
    return [json.loads(line) for line in found]


def until_mailed(run: Run, request: str, seconds: float = 60) -> list[dict[str, Any]]:
    ends = time.monotonic() + seconds
    while not any(line["event"] == "mail sent" for line in lines(run, request)):
        assert time.monotonic() < ends, run.told()
        time.sleep(0.1)
    return lines(run, request)


@pytest.mark.timeout(400)
def test_one_id_leads_from_the_gateways_log_to_the_notifiers(run: Run) -> None:
    with Door(urlsplit(run.url).port or 80) as door, Door(int(run.find("mail")["port"])) as mailbox:
        browser = door.api("POST", "/sign-in-links", {"email": "he.jing@example.org"})["browser"]
        token = mailed_token(mailbox, "he.jing@example.org", "sign-in", 60)
        session = door.api("POST", "/sessions", {"token": token, "browser": browser})["session"]
        campaign = published(door, session)
        joined = door.send("POST", f"/api/v1/campaigns/{campaign}/members", a_join("zhao.min@example.org"))
    found = {line["event"]: line["service"] for line in until_mailed(run, joined.headers["x-request-id"])}
    assert {event: found.get(event, "").rstrip("-0123456789") for event in SEEN_IN} == SEEN_IN


@pytest.mark.parametrize("name", ["campaign-worker", "notifier-worker", "gateway-web"])
def test_the_doctor_finds_each_service_well(run: Run, name: str) -> None:
    environment = entry(name).environment(Place(**run.place))
    bare = {key: value for key, value in os.environ.items() if not key.startswith("CHORUS_")}
    told = subprocess.run([CHORUS, "doctor"], env={**bare, **environment}, capture_output=True, text=True, check=False)
    assert told.returncode == 0 and "all is well" in told.stdout, told.stdout + told.stderr


def test_each_process_tells_its_numbers(run: Run) -> None:
    told = {}
    for one in run.processes():
        if one["kind"] != "part":
            with urllib.request.urlopen(f"http://127.0.0.1:{one['port']}/metrics", timeout=10) as answer:
                told[one["name"].rstrip("-0123456789")] = answer.read().decode()
    for name, metric in (
        ("campaign-web", "chorus_commit_seconds_count"),
        ("campaign-relay", 'chorus_relay_position{topic="campaign.events.v1"}'),
        ("campaign-worker", "chorus_views_lag"),
        ("notifier-worker", 'chorus_mails_total{kind="confirmation",outcome="sent"}'),
        ("gateway-inbox", 'chorus_consumer_lag{consumer="gateway-progress"}'),
        ("gateway-web", "chorus_live_streams"),
    ):
        assert metric in told[name], name
