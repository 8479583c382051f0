"""A data folder opened for reading only, as it is at this moment, beside a running Chorus or without one."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self
from uuid import UUID

_FILES: Final = ("events.db", "campaign/events.db")
_TOGETHER: Final = 500


class NoDataFolder(LookupError):
    """There is no event store in this folder."""


class Row(NamedTuple):
    log_index: int
    state: bytes


class FolderSource:
    """One read transaction: everything read belongs to the same moment."""

    def __init__(self, data: Path) -> None:
        path = next((data / name for name in _FILES if (data / name).is_file()), None)
        if path is None:
            raise NoDataFolder(str(data))
        self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5)
        self._db.execute("PRAGMA query_only=ON")
        self._db.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()

    def size(self, campaign: UUID) -> int:
        row = self._db.execute("SELECT size FROM campaigns WHERE campaign=?", (campaign.bytes,)).fetchone()
        return int(row[0]) if row else 0

    def leaves(self, campaign: UUID, start: int, limit: int) -> Sequence[Row]:
        sought = (
            "SELECT log_index, state FROM stored_events"
            " WHERE campaign_no=(SELECT campaign_no FROM campaigns WHERE campaign=?) AND log_index>=?"
            " ORDER BY log_index LIMIT ?"
        )
        return [Row(*row) for row in self._db.execute(sought, (campaign.bytes, start, limit))]

    def disclosures(self, event_ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
        found: dict[UUID, tuple[str, ...]] = {}
        for at in range(0, len(event_ids), _TOGETHER):
            some = [event.bytes for event in event_ids[at : at + _TOGETHER]]
            marks = ",".join("?" * len(some))
            rows = self._db.execute(f"SELECT event_id, disclosures FROM content WHERE event_id IN ({marks})", some)  # noqa: S608
            for event, text in rows:
                found[UUID(bytes=event)] = tuple(text.split("~")) if text else ()
        return found


def open_source(data: Path) -> FolderSource:
    """The public history in a data folder. Raises NoDataFolder, or sqlite3.Error where it cannot be read."""
    return FolderSource(data)
