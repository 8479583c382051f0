"""What an auditor does: the public export is downloaded and looked at offline, by the auditor's own commands."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from services.embedded.player.world import Outcome, Turn, Unplayable

LONGEST_SECONDS: Final = 300


def replay(turn: Turn) -> Outcome:
    moment = next(turn.given(name) for name in ("to", "size", "time") if turn.given(name) is not None)
    at = str(moment) if isinstance(moment, int) else moment.isoformat()
    with _export(turn) as file:
        status, said, wrong = _audit("replay", str(file), "--at", at, "--json")
    if status != 0:
        raise Unplayable(f"audit replay: {wrong}")
    document: dict[str, Any] = json.loads(said)
    return Outcome(progress=document, note=f"{document.get('size')} events")


def verify(turn: Turn) -> Outcome:
    with _export(turn) as file:
        status, said, wrong = _audit("verify", str(file), "--json")
    if not said.strip():
        raise Unplayable(f"audit verify: {wrong}")
    report = json.loads(said)
    codes = sorted({str(finding.get("code")) for finding in report.get("findings", ())})
    note = ", ".join(codes) or str(report.get("code") or f"{report.get('size')} events")
    return Outcome(verified=status == 0, note=note)


def wait(_turn: Turn) -> Outcome:
    return Outcome()


@contextmanager
def _export(turn: Turn) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="chorus-export-") as folder:
        file = Path(folder) / "history.zip"
        turn.world.door.save(turn.world.at("/export"), file)
        yield file


def _audit(*arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "services.embedded.cli", "audit", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)  # noqa: S603
    return done.returncode, done.stdout, done.stderr.strip()
