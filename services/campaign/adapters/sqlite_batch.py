"""The rows of one transaction: which items of a group are accepted, and what each adds."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import UUID

from services.campaign.adapters.consequences import (
    CAMPAIGN_STATES,
    ERASURE_BEGINS,
    ERASURE_COMPLETED,
    WORDS_REMOVED,
    keys_to_destroy,
    removed_event,
)
from services.campaign.adapters.items import HandOverRow, Item, microseconds
from services.campaign.adapters.reading import ANSWER, RELEASE, answer_in, released
from services.campaign.application.store import (
    AlreadyAnswered,
    Answer,
    CampaignNotOpen,
    Committed,
    Kind,
    StaleVersion,
    Taken,
    UniqueKey,
)
from services.campaign.domain.base import DomainError
from services.campaign.vault.encoder import StoredLeaf


class _CampaignRow:
    __slots__ = ("number", "size", "state")

    def __init__(self, number: int, size: int, state: str) -> None:
        self.number = number
        self.size = size
        self.state = state


class Batch:
    """Collects accepted items inside an open transaction. A refused item leaves nothing behind but its refusal."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._head: int = db.execute("SELECT max(notification_id) FROM stored_events").fetchone()[0] or 0
        self._campaigns: dict[bytes, _CampaignRow] = {}
        self._versions: dict[bytes, int] = {}
        self._events: list[tuple[Any, ...]] = []
        self._sealed: list[tuple[int, int, bytes]] = []
        self._content: list[tuple[int, bytes, str]] = []

    def add(self, item: Item) -> Committed:
        """Raises the item's refusal: StaleVersion, CampaignNotOpen, AlreadyAnswered, Taken, DomainError `erased`."""
        request = item.request
        versions = self._refuse_stale(item.leaves)
        if request.need_open is not None:
            known = self._known_campaign(request.need_open.bytes)
            if known is None or known.state != "open":
                raise CampaignNotOpen(request.need_open, "unknown" if known is None else known.state)
        for subject in item.relies_on:
            if self._db.execute("SELECT 1 FROM erasures WHERE subject=?", (subject.bytes,)).fetchone():
                raise DomainError("erased", subject=subject)
        if request.answer is not None:
            self._refuse_answered(request.answer)
        self._exchange_keys(request.releases, request.claims)
        self._versions.update(versions)
        if request.answer is not None:
            self.note_answer(request.answer)
        for row in item.hand_overs:
            self.note_hand_over(row)
        return self._append(item)

    def flush(self) -> None:
        """Writes what was collected; raises sqlite3.IntegrityError when a stream already has such a version."""
        db = self._db
        db.executemany("INSERT INTO stored_events VALUES (?,?,?,?,?,?,?,?)", self._events)
        db.executemany("INSERT INTO sealed VALUES (?,?,?)", self._sealed)
        db.executemany("INSERT INTO content VALUES (?,?,?)", self._content)
        db.executemany(
            "UPDATE campaigns SET size=?, state=? WHERE campaign_no=?",
            [(row.size, row.state, row.number) for row in self._campaigns.values()],
        )

    def note_answer(self, answer: Answer) -> None:
        self._db.execute(
            "INSERT INTO idempotency(scope, key, digest, answer, created_at) VALUES (?,?,?,?,?)",
            (answer.scope, answer.key, answer.digest, answer.body, microseconds(answer.at)),
        )

    def note_hand_over(self, row: HandOverRow) -> None:
        self._db.execute(
            "INSERT INTO handover(id, created_at, kind, campaign, subject, key_id, body) VALUES (?,?,?,?,?,?,?)", row
        )

    def _append(self, item: Item) -> Committed:
        positions, indexes = [], []
        correlation = item.request.correlation
        for leaf, sealed in zip(item.leaves, item.seals, strict=True):
            self._head += 1
            row = self._campaign(leaf.campaign.bytes)
            position, index = self._head, row.size
            row.size += 1
            row.state = CAMPAIGN_STATES.get(leaf.topic, row.state)
            stream, version = leaf.stream.bytes, leaf.originator_version
            self._events.append((position, stream, version, row.number, index, leaf.topic, leaf.state, correlation))
            if sealed is not None:
                self._sealed.append((position, *sealed))
            if leaf.text is not None:
                self._content.append((position, leaf.event_id.bytes, "~".join(leaf.text)))
            follow = _CONSEQUENCES.get(leaf.topic)
            if follow is not None:
                follow(self._db, leaf)
            positions.append(position)
            indexes.append(index)
        return Committed(positions, indexes)

    def _campaign(self, campaign: bytes) -> _CampaignRow:
        """The campaign's row, made with its first event."""
        row = self._known_campaign(campaign)
        if row is None:
            self._db.execute("INSERT INTO campaigns(campaign, size, state) VALUES (?, 0, 'draft')", (campaign,))
            row = self._known_campaign(campaign)
            assert row is not None
        return row

    def _known_campaign(self, campaign: bytes) -> _CampaignRow | None:
        row = self._campaigns.get(campaign)
        if row is None:
            sought = "SELECT campaign_no, size, state FROM campaigns WHERE campaign=?"
            found = self._db.execute(sought, (campaign,)).fetchone()
            if found is not None:
                row = self._campaigns[campaign] = _CampaignRow(*found)
        return row

    def _refuse_stale(self, leaves: Sequence[StoredLeaf]) -> dict[bytes, int]:
        """The versions that the streams will have; every event is the next of its stream."""
        after: dict[bytes, int] = {}
        for leaf in leaves:
            stream, version = leaf.stream.bytes, leaf.originator_version
            last = after.get(stream)
            if last is None:
                last = self._versions.get(stream)
            if last is None:
                last = 0 if version == 1 else self._last_version(stream)
            if version != last + 1:
                raise StaleVersion(leaf.stream, version)
            after[stream] = version
        return after

    def _last_version(self, stream: bytes) -> int:
        sought = "SELECT max(originator_version) FROM stored_events WHERE originator_id=?"
        return self._db.execute(sought, (stream,)).fetchone()[0] or 0

    def _refuse_answered(self, answer: Answer) -> None:
        first = answer_in(self._db.execute(ANSWER, (answer.scope, answer.key)).fetchone())
        if first is not None:
            raise AlreadyAnswered(first)

    def _exchange_keys(self, releases: Sequence[UniqueKey], claims: Sequence[UniqueKey]) -> None:
        if not releases and len(claims) <= 1:
            for claim in claims:
                self._claim(claim)
            return
        self._db.execute("SAVEPOINT keys")
        try:
            self._db.executemany(RELEASE, [released(key) for key in releases])
            for claim in claims:
                self._claim(claim)
        except Taken:
            self._db.execute("ROLLBACK TO keys")
            raise
        finally:
            self._db.execute("RELEASE keys")

    def _claim(self, claim: UniqueKey) -> None:
        owned = (claim.key, claim.scope.bytes, claim.kind)
        inserted = self._db.execute("INSERT OR IGNORE INTO unique_keys VALUES (?,?,?,?)", (*owned, claim.owner.bytes))
        if inserted.rowcount:
            return
        sought = "SELECT owner FROM unique_keys WHERE key=? AND scope=? AND kind=?"
        owner = self._db.execute(sought, owned).fetchone()[0]
        if owner != claim.owner.bytes:
            raise Taken(Kind(claim.kind), UUID(bytes=owner))


def _begin_erasure(db: sqlite3.Connection, leaf: StoredLeaf) -> None:
    row = (leaf.stream.bytes, leaf.campaign.bytes, *keys_to_destroy(leaf))
    db.execute("INSERT OR IGNORE INTO erasures VALUES (?,?,?,?,0)", row)


def _complete_erasure(db: sqlite3.Connection, leaf: StoredLeaf) -> None:
    db.execute("UPDATE erasures SET done=1 WHERE subject=?", (leaf.stream.bytes,))


def _remove_words(db: sqlite3.Connection, leaf: StoredLeaf) -> None:
    db.execute("DELETE FROM content WHERE event_id=?", (removed_event(leaf),))


_CONSEQUENCES: Final[dict[str, Callable[[sqlite3.Connection, StoredLeaf], None]]] = {
    ERASURE_BEGINS: _begin_erasure,
    ERASURE_COMPLETED: _complete_erasure,
    WORDS_REMOVED: _remove_words,
}
