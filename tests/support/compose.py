"""docker-compose.yml as the Compose specification's own parser understands it; nothing here needs containers."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).parents[2]
FILE: Final = ROOT / "docker-compose.yml"
PUBLIC: Final = ROOT / "deploy" / "public.yml"
MONITORING: Final = ROOT / "deploy" / "monitoring.yml"
CHECK: Final = ROOT / "tools" / "compose-check"
ONCE: Final = frozenset({"secrets", "bucket", "campaign-migrate", "notifier-migrate", "gateway-migrate", "topics"})
Service = dict[str, Any]


class Refused(Exception):
    """The parser's words about a file that the real client would not take."""


def read(*files: Path, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The whole project, with anchors resolved and variables put in; raises Refused."""
    _needed()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CHORUS_")}
    if "CHORUS_PARTS" in os.environ:
        environment["CHORUS_PARTS"] = os.environ["CHORUS_PARTS"]
    done = subprocess.run(
        [CHECK, *files], capture_output=True, text=True, env={**environment, **(variables or {})}, cwd=ROOT
    )
    if done.returncode != 0:
        raise Refused(done.stderr)
    project: dict[str, Any] = json.loads(done.stdout)
    return project


@cache
def services() -> dict[str, Service]:
    found: dict[str, Service] = read(FILE)["services"]
    return found


def _needed() -> None:
    if subprocess.call([ROOT / "tools" / "go", "--present"], stdout=subprocess.DEVNULL) == 0:
        return
    if os.environ.get("CI") == "true":
        pytest.fail("there is no Go, which the check of the Compose file needs: run tools/go")
    pytest.skip("there is no Go, which the check of the Compose file needs: tools/go fetches one")
