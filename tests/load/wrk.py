"""wrk as a measuring tool: one run against one URL, its rate and latencies."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("join.lua")


@dataclass(frozen=True)
class Run:
    """Requests per second, latencies in milliseconds, and how many answers were no 2xx or never came."""

    rate: float
    p50: float
    p99: float
    errors: int


def measure(url: str, seconds: float, connections: int) -> Run:
    tag = f"{time.time_ns():x}"
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "30s",
        "--latency",
        "-s",
        str(SCRIPT),
        url,
        "--",
        tag,
    ]
    printed = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=True).stdout
    line = next(line for line in printed.splitlines() if line.startswith("RESULT "))
    got = json.loads(line.removeprefix("RESULT "))
    return Run(got["requests"] / got["microseconds"] * 1e6, got["p50"], got["p99"], got["errors"])
