"""Settings of the campaign service, read once at its start."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

from services.kit.settings import BadSetting, Secret, Setting, read

T = TypeVar("T")


@dataclass(frozen=True)
class CampaignSettings:
    data: Annotated[
        Path | None,
        Setting("CHORUS_CAMPAIGN_DATA", "Folder of events, keys, views and evidence, where they are not elsewhere."),
    ] = None
    database: Annotated[
        str | None,
        Setting("CHORUS_CAMPAIGN_DATABASE", "PostgreSQL of events, views and tokens; SQLite in the folder without it."),
    ] = None
    keys_database: Annotated[
        str | None, Setting("CHORUS_KEYS_DATABASE", "PostgreSQL of the keys of personal data, backed up apart.")
    ] = None
    database_password: Annotated[
        Secret | None, Setting("CHORUS_CAMPAIGN_DATABASE_PASSWORD", "Password of campaign's role in both databases.")
    ] = None
    secrets: Annotated[
        Path | None, Setting("CHORUS_SECRETS", "Folder of kek-YYYY-MM and pepper; else secrets in the data folder.")
    ] = None
    evidence: Annotated[
        str | None, Setting("CHORUS_EVIDENCE", "Where evidence is kept: s3://BUCKET; without it, in the data folder.")
    ] = None
    s3_endpoint: Annotated[str | None, Setting("CHORUS_S3_ENDPOINT", "Address of the S3-compatible store.")] = None
    s3_region: Annotated[str, Setting("CHORUS_S3_REGION", "Region of the bucket.")] = "us-east-1"
    s3_key_id: Annotated[str | None, Setting("CHORUS_S3_KEY_ID", "Key that opens the bucket.")] = None
    s3_secret: Annotated[Secret | None, Setting("CHORUS_S3_SECRET", "Secret of that key.")] = None
    secret: Annotated[
        Secret | None, Setting("CHORUS_INTERNAL_SECRET", "Shared by the services; opens the internal doors.")
    ] = None
    notifier_url: Annotated[
        str | None,
        Setting("CHORUS_NOTIFIER_URL", "Internal address of the notifier, where it is a process of its own."),
    ] = None
    playbooks: Annotated[
        Path | None, Setting("CHORUS_PLAYBOOKS", "Folder of playbooks to use instead of the ones that come along.")
    ] = None
    wait_seconds: Annotated[
        float, Setting("CHORUS_LOCK_WAIT", "How long a start waits for another process to leave the data folder.")
    ] = 20.0
    max_queue: Annotated[
        int, Setting("CHORUS_MAX_QUEUE", "Requests that may wait to be written before people are asked to come back.")
    ] = 5000


def needed(value: T | None, name: str) -> T:
    """The value of a setting that this process cannot do without."""
    if value is None:
        raise BadSetting(f"{name} is missing")
    return value


def from_environment() -> CampaignSettings:
    """Raises BadSetting, naming all that is missing or unreadable."""
    return read(CampaignSettings, os.environ)
