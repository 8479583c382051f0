"""The history replayed: the numbers of any moment, and the events up to it, from the leaves alone."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from services.campaign.application.store import Store
from services.campaign.audit.replay import BadMoment, Moment, replay
from services.campaign.queries.asking import Asking, Json
from services.contracts.codes import Refused
from services.contracts.leaf_v1 import Leaf
from services.kit.failures import TemporaryFailure

PATIENCE_SECONDS: Final = 10.0
PAGE: Final = 200
READ: Final = 500


def replayed(asking: Asking) -> Json:
    """`size` leaves, or those up to `time`, or all; events from index `after` on.

    Reads the whole history up to its moment, so only a few go on at once; raises TemporaryFailure `too-many-replays`.
    """
    moment = _moment(asking)
    if not asking.desk.replays.acquire(timeout=PATIENCE_SECONDS):
        raise TemporaryFailure("too-many-replays", retry_after=5)
    try:
        leaves = _leaves(asking.desk.store, UUID(asking.campaign_id))
        found = replay(leaves, moment, asking.number("after", 0), asking.limit(PAGE))
    finally:
        asking.desk.replays.release()
    words = asking.words([leaf.id for _, leaf in found.events])
    return {
        "size": found.size,
        "time": found.time,
        "progress": found.document,
        "events": [_event(index, leaf, words) for index, leaf in found.events],
        "next": found.following,
    }


def _moment(asking: Asking) -> Moment:
    size, at = asking.args.get("size"), asking.args.get("time")
    if size is not None and at is not None:
        raise Refused("invalid", {"field": "time"})
    try:
        return Moment.of(None if size is None and at is None else str(at if size is None else size))
    except BadMoment:
        raise Refused("invalid", {"field": "size" if at is None else "time"}) from None


def _leaves(store: Store, campaign: UUID) -> Iterator[bytes]:
    """The leaves in order, some at a time; others get their turn in between."""
    size, at = store.size(campaign), 0
    while at < size:
        rows = store.leaves(campaign, at, min(READ, size - at))
        yield from (row.state for row in rows)
        at += len(rows)
        time.sleep(0)


def _event(index: int, leaf: Leaf, words: Mapping[str, Mapping[str, Any]]) -> Json:
    return {
        "index": index,
        "id": leaf.id,
        "type": leaf.type,
        "time": leaf.time,
        "actor_role": leaf.role,
        "data": dict(leaf.data),
        "text": words.get(leaf.id),
    }
