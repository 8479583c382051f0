"""The processes of a distributed installation: the one table that the local runner and the containers both follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

READY: Final = "/health/ready"
LIVE: Final = "/health/live"
METRICS: Final = "/metrics"


@dataclass(frozen=True)
class Place:
    """Where an installation stands: the words that stand in braces in the table, and what they mean there."""

    secrets: str
    """Folder that `chorus secrets` filled."""
    postgres: str
    """HOST:PORT, as the next three."""
    kafka: str
    mail_host: str
    mail_port: str
    s3: str
    """URL, as the next three."""
    campaign: str
    notifier: str
    base_url: str

    def fill(self, template: str) -> str:
        return template.format_map(vars(self))


COMPOSE: Final = Place(
    secrets="/run/chorus",
    postgres="postgres:5432",
    kafka="kafka:9092",
    mail_host="mail",
    mail_port="1025",
    s3="http://s3:7070",
    campaign="http://campaign-web:8000",
    notifier="http://notifier-web:8000",
    base_url="http://localhost:8000",
)
"""The names of the services in docker-compose.yml are host names there."""

COMPOSE_BIND: Final[Mapping[str, str]] = {"web": "0.0.0.0:8000,0.0.0.0:9000", "follower": "0.0.0.0:9000"}
"""`CHORUS_BIND` there: the door, and the port of a process's own for health and metrics."""


@dataclass(frozen=True)
class Entry:
    """One row: `once` runs to its end before others start, `web` listens, `follower` works in the background.

    `settings` are the same for all replicas, with words of the place in braces; `CHORUS_BIND` is given to each replica
    by whoever starts it. `replicas` names the argument of `make run-distributed` that says how many, None where one is
    enough. `after` names what must be ready (or done) before; parts of others (postgres, kafka, s3, mail) among them.
    """

    name: str
    kind: Literal["once", "web", "follower"]
    command: tuple[str, ...]
    settings: Mapping[str, str]
    after: tuple[str, ...]
    replicas: str | None = None

    @property
    def health(self) -> str | None:
        """Path that answers 200 when the process should get work, on its own port (the last of `CHORUS_BIND`)."""
        return None if self.kind == "once" else READY

    @property
    def connections(self) -> int:
        """To PostgreSQL, at most: readers, the writer, pools for views and for keys, leases, an ear."""
        databases = sum(name.endswith("_DATABASE") for name in self.settings)
        return (0, 20, 45)[databases]

    def environment(self, place: Place) -> dict[str, str]:
        return {name: place.fill(value) for name, value in self.settings.items()}


_INTERNAL: Final = {"CHORUS_INTERNAL_SECRET_FILE": "{secrets}/internal"}
_KAFKA: Final = {"CHORUS_KAFKA": "{kafka}"}
_CAMPAIGN_DATABASES: Final = {
    "CHORUS_CAMPAIGN_DATABASE": "postgresql://chorus_campaign@{postgres}/chorus_campaign",
    "CHORUS_KEYS_DATABASE": "postgresql://chorus_campaign@{postgres}/chorus_keys",
    "CHORUS_CAMPAIGN_DATABASE_PASSWORD_FILE": "{secrets}/postgres/campaign",
}
_NOTIFIER_DATABASE: Final = {
    "CHORUS_NOTIFIER_DATABASE": "postgresql://chorus_notifier@{postgres}/chorus_notifier",
    "CHORUS_NOTIFIER_DATABASE_PASSWORD_FILE": "{secrets}/postgres/notifier",
}
_GATEWAY_DATABASE: Final = {
    "CHORUS_GATEWAY_DATABASE": "postgresql://chorus_gateway@{postgres}/chorus_gateway",
    "CHORUS_GATEWAY_DATABASE_PASSWORD_FILE": "{secrets}/postgres/gateway",
}
_CAMPAIGN: Final = {
    **_CAMPAIGN_DATABASES,
    **_INTERNAL,
    "CHORUS_SECRETS": "{secrets}/campaign",
    "CHORUS_EVIDENCE": "s3://chorus-evidence",
    "CHORUS_S3_ENDPOINT": "{s3}",
    "CHORUS_S3_REGION": "us-east-1",
    "CHORUS_S3_KEY_ID_FILE": "{secrets}/s3/key-id",
    "CHORUS_S3_SECRET_FILE": "{secrets}/s3/secret",
}
_NOTIFIER: Final = {
    **_NOTIFIER_DATABASE,
    **_INTERNAL,
    "CHORUS_SECRETS": "{secrets}/notifier",
}
_SENDING: Final = {
    "CHORUS_CAMPAIGN_URL": "{campaign}",
    "CHORUS_BASE_URL": "{base_url}",
    "CHORUS_SMTP_HOST": "{mail_host}",
    "CHORUS_SMTP_PORT": "{mail_port}",
}
_GATEWAY: Final = {
    **_GATEWAY_DATABASE,
    **_INTERNAL,
    "CHORUS_SECRETS": "{secrets}/gateway",
    "CHORUS_PEPPER": "{secrets}/campaign/pepper",
    "CHORUS_OPERATOR_TOKEN_FILE": "{secrets}/gateway/operator",
    "CHORUS_BASE_URL": "{base_url}",
    "CHORUS_LOCAL": "true",
    "CHORUS_CAMPAIGN_URL": "{campaign}",
    "CHORUS_NOTIFIER_URL": "{notifier}",
}

PROCESSES: Final[tuple[Entry, ...]] = (
    Entry("campaign-migrate", "once", ("chorus", "campaign", "migrate"), _CAMPAIGN_DATABASES, ("postgres",)),
    Entry("notifier-migrate", "once", ("chorus", "notifier", "migrate"), _NOTIFIER_DATABASE, ("postgres",)),
    Entry("gateway-migrate", "once", ("chorus", "gateway", "migrate"), _GATEWAY_DATABASE, ("postgres",)),
    Entry("topics", "once", ("chorus", "topics"), _KAFKA, ("kafka",)),
    Entry("notifier-web", "web", ("chorus", "notifier", "web"), _NOTIFIER, ("notifier-migrate",)),
    Entry(
        "campaign-web",
        "web",
        ("chorus", "campaign", "web"),
        _CAMPAIGN,
        ("campaign-migrate", "s3"),
        replicas="CAMPAIGNS",
    ),
    Entry(
        "campaign-relay",
        "follower",
        ("chorus", "campaign", "relay"),
        {**_CAMPAIGN, **_KAFKA},
        ("campaign-migrate", "topics"),
    ),
    Entry(
        "campaign-worker",
        "follower",
        ("chorus", "campaign", "worker"),
        {**_CAMPAIGN, "CHORUS_NOTIFIER_URL": "{notifier}"},
        ("campaign-migrate", "notifier-web"),
    ),
    Entry(
        "notifier-worker",
        "follower",
        ("chorus", "notifier", "worker"),
        {**_NOTIFIER, **_KAFKA, **_SENDING},
        ("notifier-migrate", "topics", "campaign-web", "mail"),
        replicas="NOTIFIERS",
    ),
    Entry(
        "gateway-inbox",
        "follower",
        ("chorus", "gateway", "inbox"),
        {**_GATEWAY_DATABASE, **_KAFKA},
        ("gateway-migrate", "topics"),
    ),
    Entry(
        "gateway-web",
        "web",
        ("chorus", "gateway", "web"),
        _GATEWAY,
        ("gateway-migrate", "campaign-web", "notifier-web"),
        replicas="GATEWAYS",
    ),
)


def entry(name: str) -> Entry:
    return next(one for one in PROCESSES if one.name == name)
