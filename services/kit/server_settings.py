"""Settings that every process of every service has: where it listens, how it logs, how it ends."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from services.kit.settings import BadSetting, Secret, Setting, read
from services.kit.stream.kafka_settings import KafkaSettings


@dataclass(frozen=True)
class ServerSettings:
    bind: Annotated[
        tuple[str, ...],
        Setting(
            "CHORUS_BIND",
            "Addresses to listen on, HOST:PORT with commas between them; replicas may share all but the last, "
            "where also health and metrics are told to anybody.",
        ),
    ] = ("127.0.0.1:8000",)
    proxies: Annotated[
        tuple[str, ...],
        Setting("CHORUS_TRUSTED_PROXIES", "Addresses whose X-Forwarded-Proto is believed; * in a closed network."),
    ] = ("127.0.0.1",)
    log_form: Annotated[Literal["json", "console"], Setting("CHORUS_LOG_FORM", "How a line of the log is written.")] = (
        "json"
    )
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Setting("CHORUS_LOG_LEVEL", "Least level that is logged.")
    ] = "INFO"
    drain_seconds: Annotated[
        int, Setting("CHORUS_DRAIN_SECONDS", "How long requests under way may take when the process is told to end.")
    ] = 5
    connections: Annotated[int, Setting("CHORUS_CONNECTIONS", "Most connections of one web process.")] = 2000
    clock_file: Annotated[
        Path | None, Setting("CHORUS_CLOCK_FILE", "Local runs only: file with the instant that it is; else real time.")
    ] = None
    clock_wrong: Annotated[
        Path | None, Setting("CHORUS_CLOCK_WRONG", "Drills only: file with the seconds by which the clock is wrong.")
    ] = None
    secret: Annotated[
        Secret | None, Setting("CHORUS_INTERNAL_SECRET", "Shared by the services; opens the internal doors.")
    ] = None


def from_environment() -> ServerSettings:
    """Raises BadSetting, naming all that is missing or unreadable."""
    return read(ServerSettings, os.environ)


def kafka_from_environment() -> KafkaSettings:
    """For a process that needs the stream. Raises BadSetting."""
    kafka = read(KafkaSettings, os.environ)
    if not kafka.servers:
        raise BadSetting("CHORUS_KAFKA is missing")
    return kafka


def needed(value: str | None, name: str) -> str:
    """The value of a setting that a process of its own cannot do without. Raises BadSetting."""
    if not value:
        raise BadSetting(f"{name} is missing")
    return value
