"""Which requests of a group touch the same things, so that each sees what those before it left."""

from collections.abc import Hashable, Iterator, Sequence
from typing import Final

from services.campaign.adapters.consequences import CAMPAIGN_STATES, ERASURE_BEGINS
from services.campaign.adapters.items import Item

_READS, _WRITES = 0, 1
MAX_WAVES: Final = 64
"""Waves of one transaction; whoever comes later waits for the next one."""


def in_waves(items: Sequence[Item]) -> list[int]:
    """The wave of each item, from 1, for as many of the items as one transaction takes."""
    written: dict[Hashable, int] = {}
    read: dict[Hashable, int] = {}
    waves: list[int] = []
    for item in items:
        touched = list(_touches(item))
        wave = 1
        for thing, writes in touched:
            after = written.get(thing, 0)
            if writes:
                after = max(after, read.get(thing, 0))
            if after >= wave:
                wave = after + 1
        if wave > MAX_WAVES:
            break
        waves.append(wave)
        for thing, writes in touched:
            kept = written if writes else read
            kept[thing] = max(wave, kept.get(thing, 0))
    return waves


def _touches(item: Item) -> Iterator[tuple[Hashable, int]]:
    request = item.request
    for leaf in item.leaves:
        yield leaf.originator_id, _WRITES
        if leaf.topic in CAMPAIGN_STATES:
            yield ("state", leaf.campaign), _WRITES
        elif leaf.topic == ERASURE_BEGINS:
            yield ("erasure", leaf.originator_id), _WRITES
    for claim in request.claims:
        yield (claim.key, claim.scope, claim.kind), _WRITES
    for claim in request.releases:
        yield (claim.key, claim.scope, claim.kind), _WRITES
    if request.need_open is not None:
        yield ("state", request.need_open), _READS
    for subject in item.relies_on:
        yield ("erasure", subject), _READS
    if request.answer is not None:
        yield (request.answer.scope, request.answer.key), _WRITES
