"""An installation on PostgreSQL for measuring the write path: gateways, campaigns, a database server, nobody else.

Commands and settings are those of the table that the local runner and the containers follow.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import URLError
from uuid import UUID

from services.campaign.vault.addresses import person_key
from services.contracts.commands_v1 import Caller, Demand, LaunchCampaign, PublishCampaign, Request
from services.distributed.parts.postgres import Postgres, start_postgres
from services.distributed.parts.process import HOST, Child, free_port
from services.distributed.processes import COMPOSE, Place, entry
from services.distributed.secrets import make_missing
from services.gateway.clients.campaign_http import CampaignHttp
from tests.load.people import LAUNCH

CAMPAIGN = "services.campaign.processes:web"
SERVE = (sys.executable, "-m", "services.kit.serve")
ORGANIZER = "chen.jing@example.org"
_TOLD: dict[str, Any] = {
    **{name: LAUNCH[name] for name in LAUNCH if name not in ("provider", "demands")},
    "provider_name": "青禾钱包",
    "provider_kind": "payment-institution",
    "demands": [Demand("refund", "全额退款")],
    "organizer_email": ORGANIZER,
}
FAR = 10**12
"""Once the campaign is in the views, they are taken for followed: here nobody follows, and nobody should wait."""
NOWHERE = "http://127.0.0.1:9"
"""For services that the write path does not ask."""


@dataclass(frozen=True)
class Web:
    """Replicas of one web process behind one port."""

    port: int
    children: Sequence[Child]

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def cpu_seconds(self) -> float:
        return sum(cpu_seconds(child.pid) for child in self.children)


@dataclass(frozen=True)
class Doors:
    """A gateway and the campaign behind it, with a campaign that can be joined."""

    gateway: Web
    campaign: Web
    joined: UUID

    @property
    def join(self) -> str:
        return f"{self.gateway.url}/api/v1/campaigns/{self.joined}/members"


@dataclass
class Installation:
    """Databases are made once; `opened` starts processes upon a set of them. All ends with `close`."""

    folder: Path
    server: Postgres
    place: Place
    _ends: ExitStack = field(default_factory=ExitStack)

    @classmethod
    def made(cls, folder: Path) -> Installation:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        secrets = folder / "secrets"
        make_missing(secrets, datetime.now(UTC))
        server = start_postgres(folder / "postgres")
        place = replace(COMPOSE, secrets=str(secrets), postgres=f"{HOST}:{server.port}", notifier=NOWHERE)
        made = cls(folder, server, place)
        made._ends.callback(server.stop)
        try:
            server.provision({role: secrets / "postgres" / role for role in ("campaign", "notifier", "gateway")})
            for name in ("campaign-migrate", "gateway-migrate"):
                made._once(name)
        except BaseException:
            made.close()
            raise
        return made

    def close(self) -> None:
        self._ends.close()

    def server_seconds(self) -> float:
        """Of CPU, by the database server so far."""
        return cpu_seconds(self.server.pid)

    def copied(self, suffix: str) -> None:
        """A second set of campaign's databases, as they are now; nobody may be connected to the first."""
        for name in ("chorus_campaign", "chorus_keys"):
            self.server.psql(f"CREATE DATABASE {name}_{suffix} OWNER chorus_campaign TEMPLATE {name}")

    def opened(
        self, replicas: int, *, suffix: str = "", campaign: str = CAMPAIGN, settings: Mapping[str, str] | None = None
    ) -> Doors:
        """`suffix` names another set of databases, `campaign` another program of it, with settings of its own."""
        databases = {
            name: f"postgresql://chorus_campaign@{self.place.postgres}/{database}"
            for name, database in (
                ("CHORUS_CAMPAIGN_DATABASE", database_of(suffix)),
                ("CHORUS_KEYS_DATABASE", database_of(suffix, "chorus_keys")),
            )
        }
        kept = {
            **databases, "CHORUS_EVIDENCE": "", "CHORUS_CAMPAIGN_DATA": str(self._made("evidence")), **(settings or {}),
        }  # fmt: skip
        inner = self.web("campaign-web", campaign, replicas, kept)
        client = CampaignHttp(inner.url, self.secret)
        try:
            joined = published(client, Path(self.place.secrets, "campaign", "pepper").read_bytes())
        finally:
            client.close()
        self.server.psql(f"UPDATE views.position SET position = {FAR}", database_of(suffix))
        return Doors(self._gateway(inner, replicas), inner, joined)

    def _gateway(self, inner: Web, replicas: int) -> Web:
        port = free_port()
        settings = {"CHORUS_CAMPAIGN_URL": inner.url, "CHORUS_BASE_URL": f"http://{HOST}:{port}"}
        return self.web("gateway-web", "tests.load.bench_gateway:build", replicas, settings, port)

    def web(
        self, name: str, build: str, replicas: int, settings: Mapping[str, str], port: int | None = None
    ) -> Web:  # fmt: skip
        """`name` is that of the table, where it has one; each replica has a port of its own beside the shared one."""
        port = port or free_port()
        known = entry(name).environment(self.place) if name in ("campaign-web", "gateway-web") else {}
        children = [
            self._served(name, build, port, {**known, "CHORUS_LOG_LEVEL": "WARNING", **settings})
            for _ in range(replicas)
        ]
        return Web(port, children)

    @property
    def secret(self) -> str:
        return Path(self.place.secrets, "internal").read_text().strip()

    def _served(self, name: str, build: str, port: int, settings: Mapping[str, str]) -> Child:
        own = free_port()
        bind = {"CHORUS_BIND": f"{HOST}:{port},{HOST}:{own}"}
        log = self.folder / "logs" / f"{name}-{own}.log"
        child = Child(name, [*SERVE, name, "web", build], log=log, environment={**settings, **bind})
        self._ends.callback(child.stop)
        child.wait_until(lambda: _answers(f"http://{HOST}:{own}/health/ready"))
        return child

    def _once(self, name: str) -> None:
        one = entry(name)
        command = [sys.executable, "-m", "services.embedded.cli", *one.command[1:]]
        log = self.folder / "logs" / f"{name}.log"
        child = Child(name, command, log=log, environment=one.environment(self.place))
        child.wait_until(lambda: child.exit_code == 0)

    def _made(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return folder


def published(client: CampaignHttp, pepper: bytes) -> UUID:
    """A campaign that can be joined and is in the views, made through the inner door."""
    organizer = Caller(person=person_key(pepper, ORGANIZER).hex())
    launched = client.execute(Request(LaunchCampaign(**_TOLD), organizer))
    campaign = UUID(str(launched["campaign"]))
    client.execute(Request(PublishCampaign(campaign), organizer))
    client.ask("join-page", Caller(), {"campaign": str(campaign)})
    return campaign


def database_of(suffix: str, name: str = "chorus_campaign") -> str:
    return f"{name}_{suffix}" if suffix else name


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def cpu_seconds(pid: int) -> float:
    """Seconds of a process, of its children and of those that ended."""
    total = _own_cpu(pid)
    for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with suppress(FileNotFoundError):
            total += _own_cpu(int(each))
    return total


def _own_cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")
