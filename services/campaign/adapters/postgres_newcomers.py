"""The group that comes in crowds, people who join one campaign, as the parameters of `append_newcomers`."""

from collections.abc import Sequence
from typing import Any, Final, Self
from uuid import UUID

from services.campaign.adapters.consequences import CAMPAIGN_STATES, ERASURE_BEGINS, ERASURE_COMPLETED, WORDS_REMOVED
from services.campaign.adapters.items import Item
from services.campaign.adapters.postgres_arrays import bytes_array, number_array, text_array
from services.campaign.application.store import Committed, Kind, Taken

CALL_NEWCOMERS: Final = (
    "SELECT head, size, taken, owners FROM append_newcomers(%b,%s::text,%s::int,%s::text,%b,%b,%b,%b,%b,%b,%b,%b,%b)"
)
_OF_CONSEQUENCE: Final = frozenset((*CAMPAIGN_STATES, ERASURE_BEGINS, ERASURE_COMPLETED, WORDS_REMOVED))
Common = tuple[UUID, str, Kind, str | None]
"""Campaign, topic, kind of the key, kind of the mail to its owner: what newcomers of one call have in common."""


class Newcomers:
    """Items that each begin a stream of the same open campaign under one key of their own, and do nothing else."""

    def __init__(self, items: Sequence[Item], common: Common) -> None:
        self.items = items
        self._common = common

    @classmethod
    def of(cls, items: Sequence[Item], waves: Sequence[int]) -> Self | None:
        """None for a group that is anything else, if only in one item."""
        common = _common(items[0])
        if common is None or max(waves) > 1 or any(_common(item) != common for item in items[1:]):
            return None
        return cls(items, common)

    def parameters(self) -> list[Any]:
        campaign, topic, kind, mail = self._common
        leaves = [item.leaves[0] for item in self.items]
        seals = [item.seals[0] or (0, b"") for item in self.items]
        notes = [item.if_taken for item in self.items if item.if_taken is not None]
        return [
            campaign.bytes, topic, int(kind), mail,
            bytes_array([leaf.stream.bytes for leaf in leaves]),
            bytes_array([leaf.state for leaf in leaves]),
            text_array([item.request.correlation for item in self.items]),
            number_array([key_id for key_id, _ in seals]),
            bytes_array([blob for _, blob in seals]),
            bytes_array([item.request.claims[0].key for item in self.items]),
            bytes_array([note[0] for note in notes]),
            number_array([note[1] for note in notes]),
            bytes_array([note[-1] for note in notes]),
        ]  # fmt: skip

    def settle(self, head: int, size: int, taken: Sequence[int] | None, owners: Sequence[bytes] | None) -> None:
        """Gives each item its result or its refusal."""
        kind = self._common[2]
        refused = dict(zip(taken or (), owners or (), strict=True))
        for number, item in enumerate(self.items, 1):
            if number in refused:
                item.error = Taken(kind, UUID(bytes=refused[number]))
            else:
                head += 1
                item.result = Committed([head], [size])
                size += 1


def _common(item: Item) -> Common | None:
    """None for an item that is no newcomer."""
    request = item.request
    if len(item.leaves) != 1 or len(request.claims) != 1:
        return None
    if item.relies_on or item.hand_overs or request.releases or request.answer is not None:
        return None
    leaf, claim, seal, note = item.leaves[0], request.claims[0], item.seals[0], item.if_taken
    campaign = leaf.campaign
    if leaf.originator_version != 1 or leaf.text is not None or leaf.topic in _OF_CONSEQUENCE or seal is None:
        return None
    if claim.owner != leaf.originator_id or not request.need_open == claim.scope == campaign:
        return None
    if note is None:
        return campaign, leaf.topic, claim.kind, None
    _, _, mail, to_campaign, subject, key_id, _ = note
    if subject is not None or key_id != seal[0] or to_campaign != campaign.bytes:
        return None
    return campaign, leaf.topic, claim.kind, mail
