"""The reducer's cells in SQL: read once in a slice, written once at its end, in the transaction of the position."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, Final

import orjson
from sqlalchemy import Connection, func, select

from services.kit.sql.upsert import insert
from services.notifier.adapters.tables import CELLS as T

_MISSING: Any = object()
_PUT = insert(T)
_WRITE: Final = _PUT.on_conflict_do_update(index_elements=["campaign", "cell"], set_={"value": _PUT.excluded.value})


class SqlCells(MutableMapping[str, Any]):
    """The cells of one campaign for the length of one slice."""

    def __init__(self, tx: Connection, campaign: str) -> None:
        self._tx = tx
        self._campaign = campaign
        self._read: dict[str, Any] = {}
        self._changed: set[str] = set()

    def know(self, found: Mapping[str, Any], sought: Iterable[str]) -> None:
        """What was read for it; of what was sought the rest is not there. What it has changed stays."""
        self._read = {**{cell: found.get(cell, _MISSING) for cell in sought}, **self._read}

    def __getitem__(self, cell: str) -> Any:
        if cell not in self._read:
            found = self._tx.execute(select(T.c.value).where(T.c.campaign == self._campaign, T.c.cell == cell)).scalar()
            self._read[cell] = _MISSING if found is None else orjson.loads(found)
        if self._read[cell] is _MISSING:
            raise KeyError(cell)
        return self._read[cell]

    def __setitem__(self, cell: str, value: Any) -> None:
        self._read[cell] = value
        self._changed.add(cell)

    def __delitem__(self, cell: str) -> None:
        raise TypeError("progress forgets no cell")

    def __iter__(self) -> Iterator[str]:
        self.write()
        return iter(list(self._tx.execute(select(T.c.cell).where(T.c.campaign == self._campaign)).scalars()))

    def __len__(self) -> int:
        self.write()
        return self._tx.execute(select(func.count()).where(T.c.campaign == self._campaign)).scalar_one()

    def write(self) -> None:
        write_together(self._tx, [self])

    def changed(self) -> list[dict[str, Any]]:
        """Rows to be written, once."""
        changed, self._changed = sorted(self._changed), set()
        return [{"campaign": self._campaign, "cell": cell, "value": orjson.dumps(self._read[cell])} for cell in changed]


def read_together(tx: Connection, wanted: Mapping[str, set[str]], of: Callable[[str], SqlCells]) -> None:
    """The cells of many campaigns at once; names of cells are common to all campaigns, or unique."""
    names = set[str]().union(*wanted.values())
    found: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for row in tx.execute(select(T).where(T.c.campaign.in_(sorted(wanted)), T.c.cell.in_(sorted(names)))):
        found[row.campaign][row.cell] = orjson.loads(row.value)
    for campaign, cells in wanted.items():
        of(campaign).know(found[campaign], cells)


def write_together(tx: Connection, several: Iterable[SqlCells]) -> None:
    if rows := [row for cells in several for row in cells.changed()]:
        tx.execute(_WRITE, rows)
