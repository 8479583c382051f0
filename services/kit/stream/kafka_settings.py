"""How to reach Kafka: what an installation says, and nothing that needs Kafka's library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

from services.kit.settings import BadSetting, Secret, Setting

_SERVER: Final = re.compile(r"(\[[0-9a-fA-F:]+\]|[^\s:\[\]]+):[0-9]{1,5}")
Security = Literal["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True)
class KafkaSettings:
    servers: Annotated[
        tuple[str, ...], Setting("CHORUS_KAFKA", "Kafka's bootstrap servers, HOST:PORT; empty means: no Kafka.")
    ] = ()
    security: Annotated[Security, Setting("CHORUS_KAFKA_SECURITY", "How connections to Kafka are secured.")] = (
        "plaintext"
    )
    ca: Annotated[
        Path | None, Setting("CHORUS_KAFKA_CA", "File of the authorities that Kafka's certificate must be signed by.")
    ] = None
    certificate: Annotated[
        Path | None, Setting("CHORUS_KAFKA_CERTIFICATE", "File of our certificate, where Kafka asks for one.")
    ] = None
    key: Annotated[Path | None, Setting("CHORUS_KAFKA_KEY", "File of the key to our certificate.")] = None
    mechanism: Annotated[Mechanism, Setting("CHORUS_KAFKA_SASL_MECHANISM", "How we sign in to Kafka.")] = (
        "SCRAM-SHA-256"
    )
    user: Annotated[str, Setting("CHORUS_KAFKA_USER", "The name we sign in to Kafka with.")] = ""
    password: Annotated[Secret | None, Setting("CHORUS_KAFKA_PASSWORD", "The password to that name.")] = None
    replication: Annotated[
        int, Setting("CHORUS_KAFKA_REPLICATION", "Copies of each topic, when `chorus topics` makes it.")
    ] = 1

    def __post_init__(self) -> None:
        if not all(_SERVER.fullmatch(server) for server in self.servers):
            raise BadSetting("CHORUS_KAFKA is not a readable list of HOST:PORT")
        if self.security.startswith("sasl") and not (self.user and self.password):
            raise BadSetting("CHORUS_KAFKA_USER and CHORUS_KAFKA_PASSWORD are missing")
        if (self.certificate is None) != (self.key is None):
            raise BadSetting("CHORUS_KAFKA_CERTIFICATE and CHORUS_KAFKA_KEY go together")
        if self.replication < 1:
            raise BadSetting("CHORUS_KAFKA_REPLICATION is at least 1")
