"""From a join to the reader of a live stream: all processes of a distributed run at work, Kafka between them."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.distributed.installation import Installation, Wanted
from services.distributed.ports import Ports
from services.gateway.clients.campaign_http import CampaignHttp
from tests.load.figures import Figure, alone
from tests.load.installation import cpu_seconds, published
from tests.load.running import ROOT
from tests.load.watching import Watcher

RATE = 500
REPLICAS = {"GATEWAYS": 2, "CAMPAIGNS": 2, "NOTIFIERS": 2}
Tell = Callable[[str], None]


def live(folder: Path, seconds: int, tell: Tell) -> Iterator[Figure]:
    """At a steady pace, whatever the answers; the n-th answer is shown when the stream tells of n joins more."""
    with running(folder, tell) as installation:
        client = CampaignHttp(installation.place.campaign, (installation.secrets / "internal").read_text().strip())
        campaign = str(published(client, (installation.secrets / "campaign" / "pepper").read_bytes()))
        client.close()
        url = f"{installation.url}/api/v1/campaigns/{campaign}/members"
        with Watcher(installation.wanted.port, campaign) as watcher:
            assert watcher.wait_for(1, 60), "the live stream does not tell of the campaign"
            paced(url, RATE / 5, 3)
            time.sleep(5)
            told = watcher.leaves()
            tell(f"{RATE} joins/s for {seconds} s, {told} leaves told of")
            before = _spent(installation)
            answered, late = paced(url, RATE, seconds)
            tell(_busiest(before, _spent(installation), seconds))
            whole = watcher.wait_for(told + len(answered), 60)
            assert whole, f"the stream tells of {watcher.leaves() - told} of {len(answered)} joins"
        waits = [watcher.told_of(told + number) - at for number, at in enumerate(answered, 1)]
    yield alone(f"joins at a pace of {RATE}/s: answered", [len(answered) / (answered[-1] - answered[0])], "/s")
    yield alone("of these later than 0.1 s at the door", [late], "")
    for part, target in ((50, ""), (99, "< 1 s")):
        value = statistics.quantiles(waits, n=100, method="inclusive")[part - 1]
        yield alone(f"p{part} from commit to live stream, through Kafka", [value], "s", target)


@contextmanager
def running(folder: Path, tell: Tell) -> Iterator[Installation]:
    ports = Ports()
    quiet = {"CHORUS_LOG_LEVEL": "WARNING"}
    installation = Installation(Wanted(folder, ports.take(), REPLICAS, more=quiet), ports.take(), ports, tell)
    try:
        installation.start()
        yield installation
    finally:
        installation.stop()


def _spent(installation: Installation) -> dict[str, float]:
    """Seconds of CPU, by process."""
    return {one.name: cpu_seconds(one.pid) for one in installation.processes() if one.pid is not None}


def _busiest(before: dict[str, float], after: dict[str, float], seconds: int) -> str:
    shares = {name: (spent - before.get(name, 0.0)) / seconds for name, spent in after.items()}
    ranked = sorted(shares.items(), key=lambda each: -each[1])
    return "cores taken: " + ", ".join(f"{name} {share:.2f}" for name, share in ranked if share >= 0.01)


def paced(url: str, rate: float, seconds: int) -> tuple[list[float], int]:
    """When each join was answered, in that order, and how many were sent too late."""
    command = [sys.executable, "-m", "tests.load.open_loop", url, str(rate), str(seconds)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds + 120, check=True)
    told = json.loads(printed.stdout)
    return told["answered"], told["late"]
