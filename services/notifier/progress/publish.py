"""Putting progress and announcements on the stream after they were committed: a crash loses none, repeats at worst."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Engine

from services.contracts.envelope import Envelope
from services.contracts.topics import NOTIFIER_EVENTS, PROGRESS
from services.kit.sql.engine import reading, temporary_when_busy
from services.kit.stream.port import Producer, Record, Stream
from services.notifier.adapters.tables import DOCUMENT, from_ms
from services.notifier.application.ports import CampaignDoor, Words
from services.notifier.progress import announcing, records
from services.notifier.progress.records import Due

SOURCE: Final = "/notifier/progress"
ANNOUNCING: Final = "/notifier/mails"
AT_ONCE: Final = 200
"""So many announcements are published together at the most."""
_SORTED: Final = orjson.OPT_SORT_KEYS


class PublishesProgress:
    """A worker. Words are fetched when publishing, so that what was taken away is not told again.

    The topic is taken over before what is due is read: whoever did so later is not overtaken by what was read earlier,
    by a process that still believed in its lease.
    """

    name = "publish progress"

    def __init__(self, engine: Engine, door: CampaignDoor, stream: Stream, slice_size: int = 100) -> None:
        self._engine = engine
        self._door = door
        self._stream = stream
        self._slice_size = slice_size
        self._taken_over = False

    def run_once(self) -> int:
        due = self._due()
        if due and not self._taken_over:
            self._stream.take_over(PROGRESS)
            self._taken_over = True
            due = self._due()
        if not due:
            return 0
        words = self._door.words(list(dict.fromkeys(event for one in due for event in one.words_events)))
        self._publish([_record(one, words) for one in due])
        with temporary_when_busy(), self._engine.begin() as tx:
            records.done(tx, [one.id for one in due])
        return len(due)

    def _due(self) -> list[Due]:
        with temporary_when_busy(), reading(self._engine) as tx:
            return records.due(tx, self._slice_size)

    def _publish(self, told: Sequence[Record]) -> None:
        """After a failure, being refused among them, it begins anew."""
        self._taken_over = False
        self._stream.publish(PROGRESS, told)
        self._taken_over = True


class PublishesAnnouncements:
    """A worker: what was sent, failed, dropped or stopped; ids, kinds and codes only."""

    name = "publish announcements"

    def __init__(self, engine: Engine, producer: Producer, slice_size: int = AT_ONCE) -> None:
        self._engine = engine
        self._producer = producer
        self._slice_size = slice_size

    def run_once(self) -> int:
        with temporary_when_busy(), reading(self._engine) as tx:
            if not announcing.wait(tx):
                return 0
        with temporary_when_busy(), self._engine.begin() as tx:
            announcing.number(tx, self._slice_size)
            rows = announcing.numbered(tx, self._slice_size)
        if not rows:
            return 0
        self._producer.publish(
            NOTIFIER_EVENTS,
            [
                Record(
                    Envelope(
                        id=f"announcement-{row.id}", source=ANNOUNCING, type=row.type, time=from_ms(row.at),
                        partitionkey=row.campaign, sequence=row.place, data=row.data.encode(),
                    )
                )
                for row in rows
            ],
        )  # fmt: skip
        with temporary_when_busy(), self._engine.begin() as tx:
            announcing.told(tx, rows)
        return len(rows)


def _record(one: Due, words: Mapping[str, Words]) -> Record:
    body = orjson.loads(one.body)
    is_document = one.number == DOCUMENT
    told = _document(body, one, words) if is_document else _entry(body, words)
    kind = "progress.document" if is_document else "progress.entry"
    name = one.campaign if is_document else f"{one.campaign}/{one.number}"
    envelope = Envelope(
        id=f"{name}@{one.id}", source=SOURCE, type=kind, time=datetime.fromisoformat(body["time"]),
        partitionkey=one.campaign, sequence=one.id, data=orjson.dumps(told, option=_SORTED),
    )  # fmt: skip
    return Record(envelope, own_key=name)


def _document(numbers: Mapping[str, Any], one: Due, words: Mapping[str, Words]) -> dict[str, Any]:
    """Demands of a former version never stand in for those whose words were taken away."""
    merged = _merged(words, one.words_events)
    texts: Sequence[str] = words.get(one.demands_event or "", {}).get("demand_texts", ())
    kinds: Sequence[str] = numbers["demand_kinds"]
    demands = [{"kind": kind, "text": texts[place] if place < len(texts) else None} for place, kind in enumerate(kinds)]
    shown = {name: merged.get(name) for name in ("title", "summary", "provider_name")}
    return {"document": numbers, "words": {**shown, "demands": demands}}


def _entry(entry: Mapping[str, Any], words: Mapping[str, Words]) -> dict[str, Any]:
    return {**entry, "text": dict(words.get(entry["event"], {}))}


def _merged(words: Mapping[str, Words], events: Iterable[str]) -> dict[str, Any]:
    """Of two events with the same field the later one counts; a field that was taken away is not there."""
    return {name: text for event in events for name, text in words.get(event, {}).items()}
