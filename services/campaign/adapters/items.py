"""What one request wants written, made ready before it joins a group: leaves, seals, rows to hand over."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from services.campaign.adapters.group_commit import Task
from services.campaign.application.store import Commit, HandOver, Taken
from services.campaign.domain.base import DomainError
from services.campaign.vault.encoder import StoredLeaf
from services.campaign.vault.keys import KeyPool
from services.campaign.vault.sealing import DataKey, seal, seal_note

HandOverRow = tuple[bytes, int, str, bytes, bytes | None, int, bytes]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime) -> int:
    since = at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


class Item(Task):
    """One request's events, all or nothing; `fresh` keys are given back when it is refused.

    `relies_on`: members whose existing key was used, which the writer checks against erasures once more.
    `if_taken`: the mail of a refusal that only the database will know of, sealed ahead under `note_key`.
    """

    __slots__ = ("fresh", "hand_overs", "if_taken", "leaves", "note_key", "relies_on", "request", "seals")

    def __init__(self, leaves: Sequence[StoredLeaf], request: Commit) -> None:
        super().__init__()
        self.leaves = leaves
        self.request = request
        self.seals: list[tuple[int, bytes] | None] = []
        self.fresh: list[DataKey] = []
        self.relies_on: list[UUID] = []
        self.hand_overs: list[HandOverRow] = []
        self.if_taken: HandOverRow | None = None
        self.note_key: DataKey | None = None


def hand_over_row(note: HandOver, key: DataKey) -> HandOverRow:
    """Sealed under a key of its own, which is destroyed with the row."""
    subject = None if note.subject is None else note.subject.bytes
    blob = seal_note(key, note.id, note.body)
    return note.id.bytes, microseconds(note.at), note.kind, note.campaign.bytes, subject, key.key_id, blob


class Sealer:
    """Seals an item's personal fields under the keys of their holders."""

    def __init__(self, keys: KeyPool, key_id_of: Callable[[UUID], int | None]) -> None:
        self._keys = keys
        self._key_id_of = key_id_of

    def prepare(self, leaves: Sequence[StoredLeaf], request: Commit) -> Item:
        """Raises DomainError `erased` for personal fields of a member whose key is gone."""
        item = Item(leaves, request)
        try:
            self._seal_leaves(item)
            for note in request.hand_overs:
                key = self._keys.take()
                item.fresh.append(key)
                item.hand_overs.append(hand_over_row(note, key))
        except BaseException:
            self.give_back(item)
            raise
        return item

    def take(self) -> DataKey:
        return self._keys.take()

    def give_back(self, item: Item) -> None:
        self._keys.give_back(item.fresh)
        item.fresh = []

    def seal_if_taken(self, item: Item) -> None:
        """A key that the item's own events would use serves: either they are stored or the mail is."""
        note = item.request.on_taken
        if note is not None:
            item.note_key = item.fresh[-1] if item.fresh else self._keys.take()
            item.if_taken = hand_over_row(note, item.note_key)

    def forget(self, item: Item) -> None:
        """The keys of an item whose outcome nobody knows are never used again."""
        item.fresh, item.note_key = [], None

    def settle(self, item: Item, *, refused: bool = False) -> None:
        """Gives back the keys that sealed nothing which was stored, now that the outcome is known."""
        if item.error is None and not refused:
            used = item.fresh
        elif isinstance(item.error, Taken) and item.note_key is not None:
            used = [item.note_key]
        else:
            used = []
        taken = {key.key_id: key for key in (*item.fresh, *(() if item.note_key is None else (item.note_key,)))}
        for key in used:
            taken.pop(key.key_id, None)
        self._keys.give_back(taken.values())
        item.fresh = []

    def _seal_leaves(self, item: Item) -> None:
        begun = {leaf.stream for leaf in item.leaves if leaf.originator_version == 1}
        keys: dict[UUID, DataKey | None] = {}
        for leaf in item.leaves:
            if leaf.personal is None:
                item.seals.append(None)
                continue
            holder = leaf.holder
            if holder not in keys:
                keys[holder] = self._key(item, leaf, holder in begun)
            key = keys[holder]
            if key is not None:
                item.seals.append((key.key_id, seal(key, leaf.event_id, holder, leaf.personal)))
            elif leaf.personal:
                raise DomainError("erased", subject=holder)
            else:
                item.seals.append(None)

    def _key(self, item: Item, leaf: StoredLeaf, begins: bool) -> DataKey | None:
        """The holder's key: new with its first event, else the one its first event was sealed with; None if erased."""
        if not begins:
            key_id = self._key_id_of(leaf.holder)
            key = None if key_id is None else self._keys.get(key_id)
            if key is not None:
                if leaf.subject is not None:
                    item.relies_on.append(leaf.subject)
                return key
            if leaf.subject is not None:
                return None
        key = self._keys.take()
        item.fresh.append(key)
        return key
