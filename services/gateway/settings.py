"""Gateway's settings: one field, one sentence each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from services.kit.settings import Secret, Setting, read


@dataclass(frozen=True)
class GatewaySettings:
    base_url: Annotated[str, Setting("CHORUS_BASE_URL", "Public address of the pages, with which links begin.")] = (
        "http://localhost:8000"
    )
    data: Annotated[Path, Setting("CHORUS_DATA", "Folder of gateway's own database and secrets.")] = Path("data")
    database_url: Annotated[
        str | None, Setting("CHORUS_GATEWAY_DATABASE", "PostgreSQL of gateway; without it, SQLite in the data folder.")
    ] = None
    database_password: Annotated[
        Secret | None, Setting("CHORUS_GATEWAY_DATABASE_PASSWORD", "Password of gateway's role in that database.")
    ] = None
    own_secrets: Annotated[
        Path | None, Setting("CHORUS_SECRETS", "Folder of the service's own secrets; else secrets in the data folder.")
    ] = None
    internal_secret: Annotated[
        Secret | None, Setting("CHORUS_INTERNAL_SECRET", "Shared by the services; opens the internal doors.")
    ] = None
    pepper: Annotated[
        Path | None, Setting("CHORUS_PEPPER", "File of the pepper that campaign made; else secrets/pepper of the data.")
    ] = None
    local: Annotated[
        bool, Setting("CHORUS_LOCAL", "Also answer to 127.0.0.1 and localhost on the port of the base URL.")
    ] = False
    mailbox_page: Annotated[
        str | None, Setting("CHORUS_MAILBOX_PAGE", "Path of the page that shows the mails of a local run, if any.")
    ] = None
    local_door: Annotated[
        str | None,
        Setting("CHORUS_LOCAL_DOOR", "Local runs only: the runner's own address, to which /_mailbox and /_clock lead."),
    ] = None
    campaign_url: Annotated[str | None, Setting("CHORUS_CAMPAIGN_URL", "Campaign's internal door, if not inside.")] = (
        None
    )
    notifier_url: Annotated[str | None, Setting("CHORUS_NOTIFIER_URL", "Notifier's internal door, if not inside.")] = (
        None
    )
    operator_token: Annotated[
        str | None, Setting("CHORUS_OPERATOR_TOKEN", "Secret of the installation's operator, at least 32 letters.")
    ] = None
    links_per_quarter_hour: Annotated[
        int, Setting("CHORUS_SIGN_IN_LINKS", "Most sign-in mails to one address in 15 minutes.")
    ] = 3
    most_streams: Annotated[int, Setting("CHORUS_LIVE_STREAMS", "Most live streams of one process.")] = 500
    stream_seconds: Annotated[float, Setting("CHORUS_LIVE_SECONDS", "Life of one live stream.")] = 20.0

    proxies: Annotated[
        tuple[str, ...],
        Setting(
            "CHORUS_TRUSTED_PROXIES", "Addresses of the proxies in front, which are believed; * in a closed network."
        ),
    ] = ("127.0.0.1",)

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def database(self) -> Path:
        return self.data / "gateway.db"

    @property
    def secrets(self) -> Path:
        return self.own_secrets or self.data / "secrets"

    @property
    def pepper_file(self) -> Path:
        return self.pepper if self.pepper is not None else self.secrets / "pepper"

    @property
    def hosts(self) -> frozenset[str]:
        """The values of `Host` that are ours."""
        base = urlsplit(self.base_url)
        names = {base.netloc.lower()}
        if self.local:
            port = f":{base.port}" if base.port else ""
            names |= {f"127.0.0.1{port}", f"localhost{port}"}
        return frozenset(names)


def from_environment() -> GatewaySettings:
    """Raises BadSetting, naming all that is missing or unreadable."""
    return read(GatewaySettings, os.environ)
