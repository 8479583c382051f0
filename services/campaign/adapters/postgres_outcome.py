"""What became of a call whose answer was lost: its process in the server is ended, then its traces are sought."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import psycopg

from services.campaign.adapters.items import Item
from services.campaign.adapters.postgres_arrays import bytes_array, number_array
from services.campaign.application.store import Committed
from services.kit.failures import TemporaryFailure

_SELF: Final = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
_END: Final = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s"
_STORED: Final = (
    "SELECT e.originator_id, e.originator_version, e.state, e.notification_id, e.log_index"
    " FROM unnest(%b, %b) AS sought(id, version)"
    " JOIN stored_events e ON e.originator_id = sought.id AND e.originator_version = sought.version"
)


@dataclass(frozen=True, slots=True)
class Backend:
    """The server's process behind a connection; its id alone may be given to another one later."""

    pid: int
    started: datetime

    @classmethod
    def of(cls, db: "psycopg.Connection[Any]") -> "Backend":
        found = db.execute(_SELF).fetchone()
        assert found is not None
        return cls(*found)

    def end(self, db: "psycopg.Connection[Any]") -> None:
        """Afterwards its transaction has either committed or never will."""
        found = db.execute(_END, (self.pid, self.started)).fetchone()
        if found is not None and not found[0]:
            raise TemporaryFailure("store-failed", retry_after=1.0)


def stored_already(db: "psycopg.Connection[Any]", items: Sequence[Item]) -> list[Committed | None]:
    """For each item, where its own events stand in the log; None where they do not. An item is stored whole or not."""
    leaves = [leaf for item in items for leaf in item.leaves]
    sought = (
        bytes_array([leaf.stream.bytes for leaf in leaves]),
        number_array([leaf.originator_version for leaf in leaves]),
    )
    rows = db.execute(_STORED, sought, binary=True).fetchall()
    found = {(stream, version, state): (position, index) for stream, version, state, position, index in rows}
    return [_place(item, found) for item in items]


def _place(item: Item, found: dict[tuple[bytes, int, bytes], tuple[int, int]]) -> Committed | None:
    places = [found.get((leaf.stream.bytes, leaf.originator_version, leaf.state)) for leaf in item.leaves]
    known = [place for place in places if place is not None]
    if not known or len(known) < len(places):
        return None
    return Committed([position for position, _ in known], [index for _, index in known])
