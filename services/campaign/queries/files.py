"""An evidence file on its way to a reader: decrypted as it is read."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any

from services.campaign.application.evidence_store import EvidenceStore
from services.campaign.vault.files import decrypt
from services.contracts.campaign_port import File


def open_file(store: EvidenceStore, said: Mapping[str, Any]) -> File:
    """`said`: the opened fields of the event that tells of the file. Raises PermanentFailure when it is gone."""
    key = urlsafe_b64decode(said["file_key"])
    return File(said["file_name"], said["media_type"], said["size"], decrypt(store.open(said["blob"]), key))
