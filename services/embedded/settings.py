"""Settings of the one-process runner: given on the command line, turned into each service's own settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class EmbeddedSettings:
    """`clock_start` wires the settable clock; only local runners have it, and only when asked."""

    data: Path
    port: int = 8000
    smtp_host: str | None = None
    smtp_port: int = 25
    clock_start: datetime | None = None
    followers: bool = True
    """Whether background work runs; benchmarks of the write path alone switch it off."""

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"
