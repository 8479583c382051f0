"""Progress as it stands in SQL: documents, entries, and what of them the stream has not been told yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import orjson
from sqlalchemy import Connection, delete, select

from services.kit.sql.upsert import insert
from services.notifier.adapters.tables import CELLS, DOCUMENT, DOCUMENTS, ENTRIES, UNPUBLISHED

MARKED: Final = "progress_marked"
"""The channel of PostgreSQL on which it is told that there may be something to publish."""


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
    _mark(tx, campaign, number)


def set_document(tx: Connection, campaign: str, document: bytes, *, public: bool) -> None:
    row = {"campaign": campaign, "document": document, "words_events": "[]"}
    changed = {"document": document}
    tx.execute(insert(DOCUMENTS).values(row).on_conflict_do_update(index_elements=["campaign"], set_=changed))
    if public:
        _mark(tx, campaign, DOCUMENT)


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
        _mark(tx, campaign, number)


def due(tx: Connection, limit: int) -> list[Due]:
    marks = tx.execute(select(UNPUBLISHED).order_by(UNPUBLISHED.c.id).limit(limit)).all()
    return [_due(tx, mark.id, mark.campaign, mark.number) for mark in marks]


def done(tx: Connection, ids: list[int]) -> None:
    """A mark that was set anew meanwhile has another id, and stays; one that is being set anew just now is let be."""
    still = select(UNPUBLISHED.c.id).where(UNPUBLISHED.c.id.in_(ids)).with_for_update(skip_locked=True)
    tx.execute(delete(UNPUBLISHED).where(UNPUBLISHED.c.id.in_(tx.execute(still).scalars().all())))


def forget_all(tx: Connection) -> None:
    """For computing everything anew; ids of publications go on from where they are."""
    for table in (CELLS, DOCUMENTS, ENTRIES, UNPUBLISHED):
        tx.execute(delete(table))


def _due(tx: Connection, id: int, campaign: str, number: int) -> Due:
    known = tx.execute(select(DOCUMENTS).where(DOCUMENTS.c.campaign == campaign)).one()
    if number == DOCUMENT:
        return Due(id, campaign, number, known.document, tuple(orjson.loads(known.words_events)), known.demands_event)
    entry = tx.execute(select(ENTRIES).where(ENTRIES.c.campaign == campaign, ENTRIES.c.number == number)).one()
    return Due(id, campaign, number, entry.entry, (entry.event,))


def _mark(tx: Connection, campaign: str, number: int) -> None:
    """Set anew, so that ids keep the order of publications."""
    tx.execute(delete(UNPUBLISHED).where(UNPUBLISHED.c.campaign == campaign, UNPUBLISHED.c.number == number))
    tx.execute(insert(UNPUBLISHED).values(campaign=campaign, number=number))
