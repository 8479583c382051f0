"""What some events change beside the log, in the transaction that stores them: the same on every database."""

import json
from typing import Final
from uuid import UUID

import orjson

from services.campaign.vault.encoder import StoredLeaf

CAMPAIGN_STATES: Final = {
    "campaign.drafted": "draft",
    "campaign.published": "open",
    "campaign.suspended": "suspended",
    "campaign.resumed": "open",
    "campaign.resolved": "resolved",
    "campaign.closed": "closed",
}
"""The state of a campaign's row follows its own events."""
ERASURE_BEGINS: Final = "membership.subject_erased"
ERASURE_COMPLETED: Final = "membership.erasure_completed"
WORDS_REMOVED: Final = "campaign.content_removed"


def keys_to_destroy(leaf: StoredLeaf) -> tuple[str, int]:
    """The key ids that an erasure names, as JSON, and the highest of them."""
    key_ids = orjson.loads(leaf.state)["data"]["key_ids"]
    return json.dumps(key_ids), max(key_ids, default=0)


def removed_event(leaf: StoredLeaf) -> bytes:
    """The event whose words are taken away."""
    return UUID(orjson.loads(leaf.state)["data"]["event"]).bytes
