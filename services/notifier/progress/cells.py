"""The reducer's cells in SQL: read once in a slice, written once at its end, in the transaction of the position."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, MutableMapping
from typing import Any

import orjson
from sqlalchemy import Connection, func, select

from services.kit.sql.upsert import insert
from services.notifier.adapters.tables import CELLS as T

_MISSING: Any = object()


class SqlCells(MutableMapping[str, Any]):
    """The cells of one campaign for the length of one slice."""

    def __init__(self, tx: Connection, campaign: str) -> None:
        self._tx = tx
        self._campaign = campaign
        self._read: dict[str, Any] = {}
        self._changed: set[str] = set()

    def foresee(self, cells: Iterable[str]) -> None:
        """Reads these at once."""
        new = sorted(set(cells) - self._read.keys())
        if new:
            query = select(T.c.cell, T.c.value).where(T.c.campaign == self._campaign, T.c.cell.in_(new))
            found = {row.cell: orjson.loads(row.value) for row in self._tx.execute(query)}
            self._read.update({cell: found.get(cell, _MISSING) for cell in new})

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
        if not self._changed:
            return
        rows = [
            {"campaign": self._campaign, "cell": cell, "value": orjson.dumps(self._read[cell])}
            for cell in sorted(self._changed)
        ]
        upsert = insert(T)
        upsert = upsert.on_conflict_do_update(
            index_elements=["campaign", "cell"], set_={"value": upsert.excluded.value}
        )
        self._tx.execute(upsert, rows)
        self._changed.clear()
