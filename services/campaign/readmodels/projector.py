"""Follows the log and keeps the read models: rows and position change in one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine, select, text
from sqlalchemy.sql import Executable

from services.campaign.application.store import Leaf
from services.campaign.readmodels import tables
from services.campaign.readmodels.effects import EFFECTS
from services.campaign.readmodels.effects.entry import Change, entry_of
from services.campaign.readmodels.effects.members import ADD_MEMBER
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.sql.engine import reading, temporary_when_busy

SLICE: Final = 200
PATIENCE_SECONDS: Final = 2.0


class Log(Protocol):
    """The part of the store that is followed."""

    def head(self) -> int: ...
    def select_leaves(self, after: int, limit: int) -> list[Leaf]: ...


class Projector:
    name = "campaign-projector"

    def __init__(self, engine: Engine, log: Log) -> None:
        self._engine = engine
        self._log = log
        self._lock = threading.Lock()
        self._zones: dict[str, str] = {}
        with reading(engine) as connection:
            self._position = int(connection.scalar(select(tables.position.c.position)) or 0)

    @property
    def position(self) -> int:
        """The last position whose effects are in the views."""
        return self._position

    def run_once(self) -> int:
        with self._lock:
            return self._slice()

    def catch_up(self, patience: float = PATIENCE_SECONDS) -> None:
        """Returns once all that was recorded before the call is in the views.

        Raises TemporaryFailure `views-behind` when that takes longer than `patience` seconds.
        """
        head = self._log.head()
        if self._position >= head:
            return
        until = time.monotonic() + patience
        while self._position < head:
            if not self._lock.acquire(timeout=max(0.0, until - time.monotonic())):
                raise TemporaryFailure("views-behind", retry_after=1)
            try:
                if self._position < head and not self._slice():
                    raise PermanentFailure("log-shorter-than-its-head")
            finally:
                self._lock.release()

    def _slice(self) -> int:
        leaves = self._log.select_leaves(self._position, SLICE)
        if not leaves:
            return 0
        if [leaf.position for leaf in leaves] != list(range(self._position + 1, self._position + 1 + len(leaves))):
            raise PermanentFailure("log-has-a-hole")
        with temporary_when_busy(), self._engine.begin() as connection:
            for statement, values in _together(self._changes(leaves)):
                connection.execute(statement, values)
            connection.execute(_MOVE, {"to": leaves[-1].position})
        self._position = leaves[-1].position
        return len(leaves)

    def _changes(self, leaves: Sequence[Leaf]) -> list[Change]:
        """Newcomers come first: nothing that others do can concern their row before it is there."""
        newcomers: list[Change] = []
        changes: list[Change] = []
        for leaf in leaves:
            effect = EFFECTS.get(leaf.type)
            if effect is None:
                raise PermanentFailure("event-type-unknown")
            entry = entry_of(leaf.position, leaf.state)
            if leaf.type == "campaign.drafted":
                self._zones[entry.campaign] = entry.data["timezone"]
            for change in effect(entry, self._zone):
                (newcomers if change[0] is ADD_MEMBER else changes).append(change)
        return newcomers + changes

    def _zone(self, campaign: str) -> str:
        if campaign not in self._zones:
            table = tables.campaigns
            with reading(self._engine) as connection:
                sought = select(table.c.timezone).where(table.c.campaign == campaign)
                self._zones[campaign] = connection.execute(sought).scalar_one()
        return self._zones[campaign]


_MOVE = text(
    "INSERT INTO position(only, position) VALUES (1, :to) ON CONFLICT (only) DO UPDATE SET position = excluded.position"
)


def _together(changes: Iterable[Change]) -> Iterable[tuple[Executable, list[dict[str, Any]]]]:
    """Neighbours of one statement and the same names of values, as one execution of many."""
    for (_, _), group in groupby(changes, key=lambda change: (id(change[0]), tuple(change[1]))):
        several = list(group)
        yield several[0][0], [values for _, values in several]


def clear(connection: Connection) -> None:
    """Empties the views, so that they are built anew from the first event."""
    for table in reversed(tables.metadata.sorted_tables):
        connection.execute(table.delete())
