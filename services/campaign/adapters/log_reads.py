"""The log and what stands beside it: leaves, opened fields, public words, erasures on record."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from eventsourcing.persistence import StoredEvent

from services.campaign.adapters.reading import Pool
from services.campaign.application.store import Erasure, Leaf, Opened
from services.campaign.domain.base import Erased
from services.campaign.vault.encoder import StoredLeaf
from services.campaign.vault.keys import KeyPool
from services.campaign.vault.leaf import opened
from services.campaign.vault.sealing import DataKey, unseal

_LEAVES: Final = (
    "SELECT e.notification_id, c.campaign, e.log_index, e.topic, e.state, e.correlation"
    " FROM stored_events e JOIN campaigns c USING(campaign_no)"
)
_BESIDE: Final = (
    "SELECT e.notification_id, e.originator_id, e.originator_version, e.topic, e.state, s.key_id, s.blob,"
    " t.disclosures FROM stored_events e LEFT JOIN sealed s USING(notification_id)"
    " LEFT JOIN content t USING(notification_id)"
)
EVERYTHING: Final = 1 << 62
"""Above every position and every count."""
_HIGHEST_KEYS: Final = (
    "SELECT max(key_id) FROM sealed UNION ALL SELECT max(key_id) FROM handover"
    " UNION ALL SELECT max(highest_key) FROM erasures"
)


class LogReads:
    """Reads of the log; opening a personal field needs the key of its holder."""

    pool: Pool
    keys: KeyPool

    def head(self) -> int:
        row = self.pool.row("SELECT max(notification_id) FROM stored_events")
        return (row and row[0]) or 0

    def size(self, campaign: UUID) -> int:
        row = self.pool.row("SELECT size FROM campaigns WHERE campaign=?", (campaign.bytes,))
        return row[0] if row else 0

    def state(self, campaign: UUID) -> str | None:
        row = self.pool.row("SELECT state FROM campaigns WHERE campaign=?", (campaign.bytes,))
        return row[0] if row else None

    def select_leaves(self, after: int, limit: int) -> list[Leaf]:
        where = " WHERE e.notification_id>? ORDER BY e.notification_id LIMIT ?"
        return [_leaf(row) for row in self.pool.rows(_LEAVES + where, (after, limit))]

    def leaves(self, campaign: UUID, start: int, limit: int) -> list[Leaf]:
        where = (
            " WHERE e.campaign_no=(SELECT campaign_no FROM campaigns WHERE campaign=?) AND e.log_index>=?"
            " ORDER BY e.log_index LIMIT ?"
        )
        return [_leaf(row) for row in self.pool.rows(_LEAVES + where, (campaign.bytes, start, limit))]

    def stream(self, stream: UUID, gt: int | None, lte: int | None, desc: bool, limit: int | None) -> list[StoredLeaf]:
        """The events of one aggregate with everything of them that can still be opened."""
        where = (
            " WHERE e.originator_id=? AND e.originator_version>? AND e.originator_version<=?"
            f" ORDER BY e.originator_version {'DESC' if desc else 'ASC'} LIMIT ?"
        )
        last = EVERYTHING if lte is None else lte
        parameters = (stream.bytes, gt or 0, last, EVERYTHING if limit is None else limit)
        return self._beside(self.pool.rows(_BESIDE + where, parameters))

    def closed_stream(self, stream: UUID) -> list[StoredEvent]:
        """The events of one aggregate for deciding: nothing is opened, since no decision rests on a sealed value."""
        sought = (
            "SELECT originator_version, topic, state FROM stored_events WHERE originator_id=?"
            " ORDER BY originator_version"
        )
        rows = self.pool.rows(sought, (stream.bytes,))
        return [StoredEvent(stream, version, topic, state) for version, topic, state in rows]

    def open_event(self, position: int) -> Opened:
        return self.open_events([position]).get(position, Erased)

    def open_events(self, positions: Sequence[int]) -> dict[int, Opened]:
        found: dict[int, Opened] = {}
        rows = self.pool.among(_BESIDE + " WHERE e.notification_id IN", positions)
        for row, leaf in zip(rows, self._beside(rows), strict=True):
            closed = leaf.personal is None and leaf.text is None
            found[row[0]] = Erased if closed else opened(leaf.state, (*(leaf.personal or ()), *(leaf.text or ())))
        return found

    def content(self, event_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
        sought = (
            "SELECT t.event_id, e.state, t.disclosures FROM content t JOIN stored_events e USING(notification_id)"
            " WHERE t.event_id IN"
        )
        rows = self.pool.among(sought, [event_id.bytes for event_id in event_ids])
        return {UUID(bytes=event_id): opened(state, _split(text)) for event_id, state, text in rows}

    def disclosures(self, event_ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
        """The public disclosures as they were made, for exports that a stranger checks against the leaves."""
        sought = "SELECT event_id, disclosures FROM content WHERE event_id IN"
        rows = self.pool.among(sought, [event_id.bytes for event_id in event_ids])
        return {UUID(bytes=event_id): _split(text) for event_id, text in rows}

    def sealed_under(self, key_ids: Sequence[int]) -> list[int]:
        return sorted(row[0] for row in self.pool.among("SELECT notification_id FROM sealed WHERE key_id IN", key_ids))

    def key_ids(self, holder: UUID) -> list[int]:
        sought = (
            "SELECT DISTINCT s.key_id FROM stored_events e JOIN sealed s USING(notification_id)"
            " WHERE e.originator_id=? ORDER BY 1"
        )
        return [row[0] for row in self.pool.rows(sought, (holder.bytes,))]

    def first_key_id(self, holder: UUID) -> int | None:
        """The key that the holder's first event with sealed fields was sealed with."""
        sought = (
            "SELECT s.key_id FROM stored_events e JOIN sealed s USING(notification_id)"
            " WHERE e.originator_id=? ORDER BY e.originator_version LIMIT 1"
        )
        row = self.pool.row(sought, (holder.bytes,))
        return row[0] if row else None

    def key_ids_in_use(self, key_ids: Sequence[int]) -> set[int]:
        """Which of these keys have sealed something that is stored."""
        used = self.pool.among("SELECT key_id FROM sealed WHERE key_id IN", key_ids)
        waiting = self.pool.rows("SELECT key_id FROM handover")
        return {row[0] for row in (*used, *waiting)}

    def highest_key_id(self) -> int:
        """The highest key id that was ever named here, also by an erasure."""
        rows = self.pool.rows(_HIGHEST_KEYS)
        return max(row[0] or 0 for row in rows)

    def completed_erasures(self) -> list[Erasure]:
        sought = "SELECT subject, campaign, key_ids FROM erasures WHERE done=1"
        return [_erasure(row) for row in self.pool.rows(sought)]

    def unfinished_erasures(self) -> list[Erasure]:
        sought = "SELECT subject, campaign, key_ids FROM erasures WHERE done=0"
        return [_erasure(row) for row in self.pool.rows(sought)]

    def _beside(self, rows: Sequence[tuple[Any, ...]]) -> list[StoredLeaf]:
        """Their keys are asked for together: one by one, most of opening them would be waiting."""
        keys = self.keys.among(key_id for *_, key_id, blob, _ in rows if blob is not None)
        return [_leaf_beside(row, keys) for row in rows]


def _leaf_beside(row: tuple[Any, ...], keys: Mapping[int, DataKey]) -> StoredLeaf:
    _, stream, version, topic, state, key_id, blob, text = row
    leaf = orjson.loads(state)
    subject = UUID(leaf["subject"]) if "subject" in leaf else None
    event_id, holder = UUID(leaf["id"]), subject or UUID(bytes=stream)
    key = None if blob is None else keys.get(key_id)
    return StoredLeaf(
        UUID(bytes=stream), version, topic, state, event_id, UUID(leaf["campaign"]), subject,
        None if key is None else unseal(key, event_id, holder, blob), None if text is None else _split(text),
    )  # fmt: skip


def _erasure(row: tuple[Any, ...]) -> Erasure:
    subject, campaign, key_ids = row
    return Erasure(UUID(bytes=subject), UUID(bytes=campaign), json.loads(key_ids))


def _leaf(row: tuple[Any, ...]) -> Leaf:
    position, campaign, *rest = row
    return Leaf(position, UUID(bytes=campaign), *rest)


def _split(disclosures: str) -> tuple[str, ...]:
    return tuple(disclosures.split("~")) if disclosures else ()
