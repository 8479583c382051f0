"""What gateway looks at in an installation of processes: its database, its secrets, its copy, the doors it calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import Engine

from services.contracts.topics import PROGRESS
from services.gateway.settings import GatewaySettings
from services.gateway.wiring import HOME
from services.kit.checkup import Finding, door, each, good, key_file, word, wrong
from services.kit.sql.checkup import Part, postgres_findings
from services.kit.sql.engine import temporary_when_busy
from services.kit.sql.postgres import postgres_engine
from services.kit.stream.checkup import consumer_findings
from services.kit.stream.port import Reader

OWN: Final = ("chorus_gateway",)
CONSUMERS: Final = ("gateway-progress",)


def findings(settings: GatewaySettings, reader: Reader | None) -> Iterator[Finding]:
    """Reads only."""
    yield _address(settings)
    for path in (settings.secrets / "gateway-key", settings.pepper_file):
        yield key_file(path)
    yield word("CHORUS_INTERNAL_SECRET", settings.internal_secret)
    yield word("CHORUS_OPERATOR_TOKEN", settings.operator_token)
    if settings.database_url is not None:
        engine = postgres_engine(
            settings.database_url, settings.database_password, application="chorus-doctor", pool_size=1
        )
        yield from postgres_findings(engine, OWN, [Part("gateway", HOME / "migrations")])
        yield from each(lambda: _waiting(engine, reader), "what waits")
        engine.dispose()
    for name, url in (("campaign", settings.campaign_url), ("notifier", settings.notifier_url)):
        yield door(name, url) if url is not None else wrong(f"the address of {name} is not set", "see docs/settings.md")


def _waiting(engine: Engine, reader: Reader | None) -> Iterator[Finding]:
    with temporary_when_busy(), engine.connect() as connection:
        yield from consumer_findings(connection, reader, PROGRESS, CONSUMERS)


def _address(settings: GatewaySettings) -> Finding:
    host = urlsplit(settings.base_url).hostname or ""
    if settings.secure or host in ("localhost", "127.0.0.1"):
        return good(f"public address {settings.base_url}")
    return wrong(f"public address {settings.base_url} is not https", "sessions would travel in clear: put TLS in front")
