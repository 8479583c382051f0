"""The log as the relay reads it, and each leaf's place in an envelope of the stream."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

import orjson

from services.campaign.application.store import Leaf
from services.contracts.envelope import Envelope
from services.kit.stream.port import Record

SOURCE: Final = "/campaign"


class Log(Protocol):
    def select_leaves(self, after: int, limit: int) -> list[Leaf]: ...


class RelaySource:
    """What the relay follows: the store's log, by position, without a hole."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def select(self, after: int, limit: int) -> Sequence[Leaf]:
        return self._log.select_leaves(after, limit)


def to_record(leaf: Leaf) -> Record:
    """Partitioned by campaign; `sequence` is the global position, `logindex` the place in the campaign's own log."""
    fields = orjson.loads(leaf.state)
    return Record(
        Envelope(
            id=fields["id"],
            source=SOURCE,
            type=leaf.type,
            time=datetime.fromisoformat(fields["time"]),
            partitionkey=str(leaf.campaign),
            sequence=leaf.position,
            data=leaf.state,
            correlationid=leaf.correlation,
            subject=fields["stream"],
            extensions={"logindex": str(leaf.log_index)},
        )
    )
