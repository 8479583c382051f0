"""Settings of the campaign service, read once at its start."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from services.kit.settings import Secret, Setting, read


@dataclass(frozen=True)
class CampaignSettings:
    data: Annotated[Path, Setting("CHORUS_CAMPAIGN_DATA", "Folder of events, keys, views and evidence.")]
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


def from_environment() -> CampaignSettings:
    """Raises BadSetting, naming all that is missing or unreadable."""
    return read(CampaignSettings, os.environ)
