"""One group of requests as the parameters of `append_events`, and what became of each."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, cast
from uuid import UUID

import orjson

from services.campaign.adapters.consequences import (
    CAMPAIGN_STATES,
    ERASURE_BEGINS,
    ERASURE_COMPLETED,
    WORDS_REMOVED,
    keys_to_destroy,
    removed_event,
)
from services.campaign.adapters.items import HandOverRow, Item, microseconds
from services.campaign.adapters.postgres_arrays import bytes_array, int_array, number_array, text_array
from services.campaign.adapters.reading import instant
from services.campaign.application.store import (
    AlreadyAnswered,
    Answer,
    CampaignNotOpen,
    Committed,
    Kind,
    StaleVersion,
    Taken,
)
from services.campaign.domain.base import DomainError
from services.campaign.vault.encoder import StoredLeaf

_EVENTS: Final = (
    int_array, int_array, bytes_array, int_array, int_array, text_array, bytes_array, text_array, number_array,
    bytes_array,
)  # fmt: skip
_OPENS: Final = (int_array, int_array)
_CLAIMS: Final = (int_array, bytes_array, bytes_array, int_array, bytes_array)
_ANSWERS: Final = (int_array, text_array, text_array, bytes_array, bytes_array, number_array)
_NOTES: Final = (
    int_array, int_array, bytes_array, number_array, text_array, bytes_array, bytes_array, number_array, bytes_array,
)  # fmt: skip
_ARRAYS: Final = 2 + sum(map(len, (_EVENTS, _OPENS, _CLAIMS, _ANSWERS, _NOTES)))
_SIGNS: Final = "%b," * _ARRAYS + "%s::jsonb"
CALL: Final = f"SELECT positions, log_indexes, refusals FROM append_events({_SIGNS})"  # noqa: S608


class Group:
    """Collects the rows of the items that are written together."""

    def __init__(self, items: Sequence[Item], waves: Sequence[int]) -> None:
        self.items = items
        self._waves = waves
        self._campaigns: dict[UUID, int] = {}
        self._events: list[tuple[Any, ...]] = []
        self._opens: list[tuple[Any, ...]] = []
        self._claims: list[tuple[Any, ...]] = []
        self._answers: list[tuple[Any, ...]] = []
        self._notes: list[tuple[Any, ...]] = []
        self._rare: dict[str, list[dict[str, Any]]] = {}
        for number, item in enumerate(items, 1):
            self._add(number, item)

    def parameters(self) -> list[Any]:
        sections: tuple[tuple[tuple[Callable[[Any], Any], ...], list[tuple[Any, ...]]], ...] = (
            (_EVENTS, self._events), (_OPENS, self._opens), (_CLAIMS, self._claims), (_ANSWERS, self._answers),
            (_NOTES, self._notes),
        )  # fmt: skip
        found: list[Any] = [int_array(self._waves), bytes_array([campaign.bytes for campaign in self._campaigns])]
        for kinds, rows in sections:
            columns: Iterable[Sequence[Any]] = zip(*rows, strict=True) if rows else [()] * len(kinds)
            found += [kind(column) for kind, column in zip(kinds, columns, strict=True)]
        found.append(orjson.dumps(self._rare).decode())
        return found

    def settle(self, positions: Sequence[int], indexes: Sequence[int], refusals: Sequence[dict[str, Any]]) -> None:
        """Gives each item its result or its refusal."""
        refused = {refusal["item"]: refusal for refusal in refusals}
        at = 0
        for number, item in enumerate(self.items, 1):
            after = at + len(item.leaves)
            refusal = refused.get(number)
            if refusal is None:
                item.result = Committed(positions[at:after], indexes[at:after])
            else:
                item.error = _refusal(item, refusal)
            at = after

    def _add(self, number: int, item: Item) -> None:
        request = item.request
        begun: set[UUID] = set()
        for leaf, seal in zip(item.leaves, item.seals, strict=True):
            self._add_leaf(number, leaf, seal, leaf.stream not in begun, request.correlation)
            begun.add(leaf.stream)
        if request.need_open is not None:
            self._opens.append((number, self._campaign(request.need_open)))
        for claim in request.claims:
            self._claims.append((number, claim.key, claim.scope.bytes, claim.kind, claim.owner.bytes))
        for key in request.releases:
            names = {"key": key.key.hex(), "scope": key.scope.hex, "kind": int(key.kind), "owner": key.owner.hex}
            self._add_rare("releases", item=number, **names)
        for subject in item.relies_on:
            self._add_rare("relies", item=number, subject=subject.hex)
        if request.answer is not None:
            answer = request.answer
            at = microseconds(answer.at)
            self._answers.append((number, answer.scope, answer.key, answer.digest, answer.body, at))
        for row in item.hand_overs:
            self._add_note(number, 0, row)
        if item.if_taken is not None:
            self._add_note(number, 1, item.if_taken)

    def _add_leaf(
        self, number: int, leaf: StoredLeaf, seal: tuple[int, bytes] | None, first: bool, correlation: str | None
    ) -> None:
        key_id, blob = (None, None) if seal is None else seal
        self._events.append((
            number, int(first), leaf.stream.bytes, leaf.originator_version, self._campaign(leaf.campaign), leaf.topic,
            leaf.state, correlation, key_id, blob,
        ))  # fmt: skip
        event = len(self._events)
        if leaf.text is not None:
            self._add_rare("words", event=event, id=leaf.event_id.hex, words="~".join(leaf.text))
        if leaf.topic in CAMPAIGN_STATES:
            self._add_rare("effects", event=event, state=CAMPAIGN_STATES[leaf.topic])
        elif leaf.topic == ERASURE_BEGINS:
            key_ids, highest = keys_to_destroy(leaf)
            self._add_rare("effects", event=event, erased=key_ids, highest=highest)
        elif leaf.topic == ERASURE_COMPLETED:
            self._add_rare("effects", event=event, completed=True)
        elif leaf.topic == WORDS_REMOVED:
            self._add_rare("effects", event=event, removed=removed_event(leaf).hex())

    def _add_note(self, number: int, if_taken: int, row: HandOverRow) -> None:
        self._notes.append((number, if_taken, *row))

    def _add_rare(self, section: str, **row: Any) -> None:
        self._rare.setdefault(section, []).append(row)

    def _campaign(self, campaign: UUID) -> int:
        return self._campaigns.setdefault(campaign, len(self._campaigns) + 1)


def refuse_holes(leaves: Sequence[StoredLeaf]) -> None:
    """Within one request, too, every event is the next of its stream; raises StaleVersion."""
    after: dict[UUID, int] = {}
    for leaf in leaves:
        last = after.get(leaf.stream, leaf.originator_version - 1)
        if leaf.originator_version != last + 1:
            raise StaleVersion(leaf.stream, leaf.originator_version)
        after[leaf.stream] = leaf.originator_version


def _refusal(item: Item, found: dict[str, Any]) -> DomainError:
    who = None if found["who"] is None else UUID(hex=found["who"])
    match found["code"]:
        case 1:
            return StaleVersion(cast(UUID, who), found["number"])
        case 2:
            return CampaignNotOpen(cast(UUID, who), found["words"])
        case 3:
            return DomainError("erased", subject=who)
        case 4:
            asked = cast(Answer, item.request.answer)
            digest, body = bytes.fromhex(found["digest"]), bytes.fromhex(found["body"])
            return AlreadyAnswered(Answer(asked.scope, asked.key, digest, body, instant(found["number"])))
        case _:
            return Taken(Kind(found["number"]), cast(UUID, who))
