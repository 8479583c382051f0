"""PostgreSQL, Kafka, an S3 server and a mail server of a local run: each started from a folder of the run's data."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.distributed.parts.kafka import start_kafka
from services.distributed.parts.postgres import start_postgres
from services.distributed.parts.process import HOST, Child, PartFailed, port_answers
from services.distributed.parts.s3 import BUCKET, start_s3
from services.distributed.ports import Ports

ROLES: Final = ("campaign", "notifier", "gateway")
LEAST_CONNECTIONS: Final = 300
HOUSE: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class PartPorts:
    postgres: int
    kafka: int
    s3: int
    mail: int
    """Pages of the mail server; `smtp` takes mails."""
    smtp: int

    @classmethod
    def taken(cls, ports: Ports) -> PartPorts:
        return cls(*(ports.take() for _ in range(5)))


@dataclass(frozen=True)
class LocalParts:
    """Each may be started again and again on its port; what it was given before is there."""

    data: Path
    secrets: Path
    ports: PartPorts
    connections: int
    """That the processes may need to PostgreSQL."""

    def starts(self) -> dict[str, Callable[[], Child]]:
        return {"postgres": self.postgres, "kafka": self.kafka, "s3": self.s3, "mail": self.mail}

    def postgres(self) -> Child:
        superuser = self._secret("postgres/superuser")
        started = start_postgres(
            self.data / "postgres", port=self.ports.postgres, superuser_password=superuser,
            settings={"max_connections": str(max(LEAST_CONNECTIONS, self.connections))},
        )  # fmt: skip
        started.provision({role: self.secrets / "postgres" / role for role in ROLES})
        return _child(started.child)

    def kafka(self) -> Child:
        return _child(start_kafka(self.data / "kafka", port=self.ports.kafka).child)

    def s3(self) -> Child:
        key, secret = self._secret("s3/key-id"), self._secret("s3/secret")
        folder = self.data / "s3"
        return start_s3(folder, port=self.ports.s3, key_id=key, secret=secret, buckets=(BUCKET,)).child

    def mail(self) -> Child:
        settings = {
            "CHORUS_MAILBOX": str(self.data / "mail" / "mailbox"),
            "CHORUS_MAILBOX_PORT": str(self.ports.smtp),
            "CHORUS_BIND": f"{HOST}:{self.ports.mail}",
            "CHORUS_LOG_LEVEL": "WARNING",
        }
        child = chorus("mail", ("notifier", "mailbox"), settings, log=self.log("mail"))
        child.wait_until(lambda: port_answers(self.ports.mail) and port_answers(self.ports.smtp))
        return child

    def log(self, name: str) -> Path:
        return self.data / ("logs/mail.log" if name == "mail" else f"{name}/server.log")

    def _secret(self, name: str) -> str:
        return (self.secrets / name).read_text(encoding="utf-8").strip()


def chorus(name: str, words: tuple[str, ...], settings: Mapping[str, str], *, log: Path) -> Child:
    """`chorus` with these words, as a child of this process."""
    command = [sys.executable, "-m", "services.embedded.cli", *words]
    return Child(name, command, log=log, environment={"PYTHONPATH": str(HOUSE), **settings}, folder=log.parent)


def _child(child: Child | None) -> Child:
    if child is None:
        raise PartFailed("it was started by another run")
    return child
