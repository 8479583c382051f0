"""Follows the log and keeps the read models: rows and position change in one transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine, select
from sqlalchemy.sql import Executable

from services.campaign.application.store import Leaf
from services.campaign.readmodels import tables
from services.campaign.readmodels.effects import EFFECTS
from services.campaign.readmodels.effects.entry import Change, entry_of
from services.campaign.readmodels.effects.members import ADD_MEMBER
from services.campaign.readmodels.position import locked, move, reached
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.sql.engine import reading, temporary_when_busy

SLICE: Final = 200
PATIENCE_SECONDS: Final = 2.0
SHORT_WAY: Final = 20
"""Events that a reader follows by itself rather than wait for a worker."""
STILL_SECONDS: Final = 0.2
GLANCE_SECONDS: Final = 0.01


class Log(Protocol):
    """The part of the store that is followed."""

    def head(self) -> int: ...
    def select_leaves(self, after: int, limit: int) -> list[Leaf]: ...


class Projector:
    """Any number of them, in any number of processes: each slice begins where the last one of all ended."""

    name = "campaign-projector"

    def __init__(self, engine: Engine, log: Log, *, defers: bool = False) -> None:
        """With `defers` a long way is left to a worker elsewhere, as long as that one comes forward."""
        self._engine = engine
        self._log = log
        self._lock = threading.Lock()
        self._zones: dict[str, str] = {}
        self._defers = defers
        self._moved = False

    @property
    def position(self) -> int:
        """The last position whose effects are in the views."""
        return reached(self._engine)

    def run_once(self) -> int:
        """Looks first whether there is anything, unless there was just now: an idle one locks and writes nothing."""
        if not self._moved and self.position >= self._log.head():
            return 0
        with self._lock:
            _, done = self._slice(PATIENCE_SECONDS)
        self._moved = done > 0
        return done

    def catch_up(self, patience: float = PATIENCE_SECONDS) -> None:
        """Returns once all that was recorded before the call is in the views.

        Raises TemporaryFailure `views-behind` when that takes longer than `patience` seconds.
        """
        head, position = self._log.head(), self.position
        until = time.monotonic() + patience
        if self._defers and head - position > SHORT_WAY:
            position = self._watch(position, head, until)
        while position < head:
            left = until - time.monotonic()
            if left <= 0 or not self._lock.acquire(timeout=left):
                raise TemporaryFailure("views-behind", retry_after=1)
            try:
                position, done = self._slice(until - time.monotonic())
            finally:
                self._lock.release()
            if position < head and not done:
                raise PermanentFailure("log-shorter-than-its-head")

    def _watch(self, position: int, head: int, until: float) -> int:
        """Where the views are once they have reached the head, or stood still for a moment."""
        moved = time.monotonic()
        while position < head and time.monotonic() < min(moved + STILL_SECONDS, until):
            time.sleep(GLANCE_SECONDS)
            now = self.position
            if now != position:
                position, moved = now, time.monotonic()
        return position

    def _slice(self, patience: float) -> tuple[int, int]:
        """The position reached and how many events were followed now."""
        with temporary_when_busy(), self._engine.begin() as connection:
            position = locked(connection, patience)
            leaves = self._log.select_leaves(position, SLICE)
            if [leaf.position for leaf in leaves] != list(range(position + 1, position + 1 + len(leaves))):
                raise PermanentFailure("log-has-a-hole")
            for statement, values in _together(self._changes(leaves)):
                connection.execute(statement, values)
            if leaves:
                move(connection, leaves[-1].position)
        return position + len(leaves), len(leaves)

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


def _together(changes: Iterable[Change]) -> Iterable[tuple[Executable, list[dict[str, Any]]]]:
    """Neighbours of one statement and the same names of values, as one execution of many."""
    for (_, _), group in groupby(changes, key=lambda change: (id(change[0]), tuple(change[1]))):
        several = list(group)
        yield several[0][0], [values for _, values in several]


def clear(connection: Connection) -> None:
    """Empties the views, so that they are built anew from the first event; who follows meanwhile waits, then begins."""
    locked(connection, PATIENCE_SECONDS)
    for table in reversed(tables.metadata.sorted_tables):
        connection.execute(table.delete())
