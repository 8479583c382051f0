"""Progress as it stands in SQL: documents, entries, and what of them the stream has not been told yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Row, delete, select, tuple_

from services.kit.sql.upsert import insert
from services.notifier.adapters.tables import CELLS, DOCUMENT, DOCUMENTS, ENTRIES, UNPUBLISHED

MARKED: Final = "progress_marked"
"""The channel of PostgreSQL on which it is told that there may be something to publish."""


_PUT = insert(DOCUMENTS)
_SET_DOCUMENT: Final = _PUT.on_conflict_do_update(
    index_elements=["campaign"], set_={"document": _PUT.excluded.document}
)


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to publish: `number` of the entry, or DOCUMENT; `id` grows with every publication ever."""

    id: int
    campaign: str
    number: int
    body: bytes
    words_events: tuple[str, ...]
    demands_event: str | None = None


def add_entry(tx: Connection, campaign: str, number: int, event: str, entry: bytes) -> None:
    row = {"campaign": campaign, "number": number, "event": event, "entry": entry}
    tx.execute(insert(ENTRIES).values(row).on_conflict_do_nothing())
    mark(tx, [campaign], number)


def set_documents(tx: Connection, documents: Mapping[str, bytes]) -> None:
    """By campaign."""
    rows = [{"campaign": of, "document": each, "words_events": "[]"} for of, each in documents.items()]
    tx.execute(_SET_DOCUMENT, rows)


def add_words_event(tx: Connection, campaign: str, event: str, *, demands: bool) -> None:
    """An event with words of the campaign itself; `demands` where it carries the demands that now stand."""
    known = tx.execute(select(DOCUMENTS.c.words_events).where(DOCUMENTS.c.campaign == campaign)).scalar()
    changed = {"words_events": orjson.dumps([*orjson.loads(known or "[]"), event]).decode()}
    if demands:
        changed["demands_event"] = event
    row = {"campaign": campaign, "document": b"{}", **changed}
    tx.execute(insert(DOCUMENTS).values(row).on_conflict_do_update(index_elements=["campaign"], set_=changed))


def publish_again(tx: Connection, campaign: str, event: str) -> None:
    """Words of this event were taken away: the entry that quoted them is published anew (the document is anyway)."""
    found = select(ENTRIES.c.number).where(ENTRIES.c.campaign == campaign, ENTRIES.c.event == event)
    for number in tx.execute(found).scalars().all():
        mark(tx, [campaign], number)


def due(tx: Connection, limit: int) -> list[Due]:
    """In the order in which they were marked."""
    marks = tx.execute(select(UNPUBLISHED).order_by(UNPUBLISHED.c.id).limit(limit)).all()
    documents, entries = _documents(tx, marks), _entries(tx, marks)
    found = []
    for id, campaign, number in marks:
        if number == DOCUMENT:
            known = documents[campaign]
            words = tuple(orjson.loads(known.words_events))
            found.append(Due(id, campaign, number, known.document, words, known.demands_event))
        else:
            entry = entries[campaign, number]
            found.append(Due(id, campaign, number, entry.entry, (entry.event,)))
    return found


def done(tx: Connection, ids: list[int]) -> None:
    """A mark that was set anew meanwhile has another id, and stays; one that is being set anew just now is let be."""
    still = select(UNPUBLISHED.c.id).where(UNPUBLISHED.c.id.in_(ids)).with_for_update(skip_locked=True)
    tx.execute(delete(UNPUBLISHED).where(UNPUBLISHED.c.id.in_(tx.execute(still).scalars().all())))


def forget_all(tx: Connection) -> None:
    """For computing everything anew; ids of publications go on from where they are."""
    for table in (CELLS, DOCUMENTS, ENTRIES, UNPUBLISHED):
        tx.execute(delete(table))


def mark(tx: Connection, campaigns: Sequence[str], number: int) -> None:
    """To be published; set anew, so that ids keep the order of publications."""
    if campaigns:
        gone = UNPUBLISHED.c.campaign.in_(campaigns), UNPUBLISHED.c.number == number
        tx.execute(delete(UNPUBLISHED).where(*gone))
        tx.execute(insert(UNPUBLISHED), [{"campaign": campaign, "number": number} for campaign in campaigns])


def _documents(tx: Connection, marks: Sequence[Row[Any]]) -> dict[str, Row[Any]]:
    campaigns = [mark.campaign for mark in marks if mark.number == DOCUMENT]
    if not campaigns:
        return {}
    return {row.campaign: row for row in tx.execute(select(DOCUMENTS).where(DOCUMENTS.c.campaign.in_(campaigns)))}


def _entries(tx: Connection, marks: Sequence[Row[Any]]) -> dict[tuple[str, int], Row[Any]]:
    places = [(mark.campaign, mark.number) for mark in marks if mark.number != DOCUMENT]
    if not places:
        return {}
    these = tuple_(ENTRIES.c.campaign, ENTRIES.c.number).in_(places)
    return {(row.campaign, row.number): row for row in tx.execute(select(ENTRIES).where(these))}
