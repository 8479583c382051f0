"""The consumer that computes progress: cells, documents and entries in the transaction of the position."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import Final

import orjson
from sqlalchemy import Connection, Engine

from services.contracts.progress_v1 import Progress, cells_of
from services.kit.sql.engine import reading
from services.kit.sql.notices import notify
from services.kit.stream.handler import Handler
from services.kit.stream.port import Record
from services.notifier.adapters.tables import DOCUMENT
from services.notifier.inbox.leaves import Leaf, leaf_of
from services.notifier.progress import records
from services.notifier.progress.cells import SqlCells, read_together, write_together
from services.notifier.progress.records import MARKED

CARRIES_DEMANDS = frozenset({"campaign.drafted", "campaign.demands_revised"})
_SORTED: Final = orjson.OPT_SORT_KEYS
CARRIES_WORDS = CARRIES_DEMANDS | {"campaign.published", "campaign.revised"}


class ComputesProgress(Handler):
    """A document is written once for each slice and campaign, an entry when it happens. A draft is not told."""

    name = "progress"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._cells: dict[str, SqlCells] = {}

    def begin(self) -> AbstractContextManager[Connection]:
        return self._engine.begin()

    def look(self) -> AbstractContextManager[Connection]:
        return reading(self._engine)

    def foresee(self, tx: Connection, records: Sequence[Record]) -> None:
        wanted: defaultdict[str, set[str]] = defaultdict(set)
        for record in records:
            with suppress(ValueError, LookupError, TypeError):
                leaf = leaf_of(record)
                wanted[leaf.campaign].update(cells_of(leaf.whole))
        if wanted:
            read_together(tx, wanted, partial(self._of, tx))

    def handle(self, tx: Connection, record: Record) -> None:
        leaf = leaf_of(record)
        progress = Progress(self._of(tx, leaf.campaign))
        kind = progress.apply(progress.size, leaf.whole)
        if kind is not None:
            entry = progress.entry(leaf.whole)
            records.add_entry(tx, leaf.campaign, entry["number"], leaf.id, orjson.dumps(entry, option=_SORTED))
        self._note_words(tx, leaf)

    def finish(self, tx: Connection) -> None:
        """A campaign's cells are all written before its document is computed, which may look at all there are."""
        if not self._cells:
            return
        write_together(tx, self._cells.values())
        documents = {campaign: Progress(cells).document() for campaign, cells in self._cells.items()}
        records.set_documents(tx, {of: orjson.dumps(each, option=_SORTED) for of, each in documents.items()})
        records.mark(tx, [of for of, each in documents.items() if each["state"] not in (None, "draft")], DOCUMENT)
        notify(tx, MARKED)
        self._cells.clear()

    def forget(self) -> None:
        self._cells.clear()

    def _of(self, tx: Connection, campaign: str) -> SqlCells:
        if campaign not in self._cells:
            self._cells[campaign] = SqlCells(tx, campaign)
        return self._cells[campaign]

    def _note_words(self, tx: Connection, leaf: Leaf) -> None:
        if leaf.type in CARRIES_WORDS:
            records.add_words_event(tx, leaf.campaign, leaf.id, demands=leaf.type in CARRIES_DEMANDS)
        elif leaf.type == "campaign.content_removed":
            records.publish_again(tx, leaf.campaign, leaf.data["event"])
