"""From `progress.v1` into gateway's copy: numbers, words and entries, each record an upsert that bears repetition."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

import orjson
from sqlalchemy import Connection, Engine, Table, bindparam, delete, select, update

from services.gateway.readmodels.tables import CAMPAIGNS, CHANGES, ENTRIES
from services.kit.sql.engine import reading
from services.kit.sql.upsert import insert
from services.kit.stream.consumer import Consumer
from services.kit.stream.handler import Handler
from services.kit.stream.port import Record

Json = dict[str, Any]
_PUBLISHED = "campaign.published"
_COUNTER = "progress"
_STEPS = insert(CHANGES).values(name=_COUNTER, last=bindparam("last"))
_STEP: Final = _STEPS.on_conflict_do_update(
    index_elements=["name"], set_={"last": CHANGES.c.last + _STEPS.excluded.last}
).returning(CHANGES.c.last)
_CHANGED: Final = update(CAMPAIGNS).where(CAMPAIGNS.c.campaign == bindparam("of")).values(change=bindparam("step"))


class KeepProgress(Handler):
    """Keys of the topic: `<campaign>` for numbers and words, `<campaign>/<number>` for an entry."""

    name = "gateway-progress"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._touched: set[str] = set()

    def begin(self) -> AbstractContextManager[Connection]:
        return self._engine.begin()

    def look(self) -> AbstractContextManager[Connection]:
        return reading(self._engine)

    def handle(self, tx: Connection, record: Record) -> None:
        campaign, _, number = record.key.partition("/")
        if record.tombstone:
            _strike(tx, campaign, number)
        elif number:
            _keep_entry(tx, campaign, int(number), orjson.loads(record.envelope.data))
        else:
            _keep_document(tx, campaign, orjson.loads(record.envelope.data))
        self._touched.add(campaign)

    def finish(self, tx: Connection) -> None:
        """One step of the counter for each campaign that changed: live streams look for it."""
        if not self._touched:
            return
        last: int = tx.execute(_STEP, {"last": len(self._touched)}).scalar_one()
        steps = range(last - len(self._touched) + 1, last + 1)
        tx.execute(_CHANGED, [{"of": of, "step": step} for of, step in zip(sorted(self._touched), steps, strict=True)])
        self._touched.clear()

    def forget(self) -> None:
        self._touched.clear()


class ProgressInbox:
    """The worker: a slice of the topic, then a hint to the live streams."""

    def __init__(self, consumer: Consumer, changed: Callable[[], None]) -> None:
        self.consumer = consumer
        self._changed = changed
        self.name = consumer.name

    def run_once(self) -> int:
        done = self.consumer.run_once()
        if done:
            self._changed()
        return done


def _keep_document(tx: Connection, campaign: str, data: Json) -> None:
    document, words = data["document"], data["words"]
    _put(
        tx,
        campaign,
        size=int(document["size"]),
        state=str(document["state"]),
        problem=str(document["problem"]),
        title=_to_search(words.get("title")),
        provider=_to_search(words.get("provider_name")),
        document=orjson.dumps(document, option=orjson.OPT_SORT_KEYS),
        words=orjson.dumps(words, option=orjson.OPT_SORT_KEYS),
    )


def _to_search(text: Any) -> str:
    """PostgreSQL takes no NUL in a text; nobody searches for one."""
    return str(text or "").casefold().replace("\x00", "")


def _keep_entry(tx: Connection, campaign: str, number: int, entry: Json) -> None:
    body = orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
    place = (ENTRIES.c.campaign == campaign, ENTRIES.c.number == number)
    if not tx.execute(update(ENTRIES).where(*place).values(entry=body)).rowcount:
        tx.execute(insert(ENTRIES).values(campaign=campaign, number=number, entry=body))
    if entry["kind"] == _PUBLISHED:
        _put(tx, campaign, published=str(entry["time"]))
    else:
        _put(tx, campaign)


def _put(tx: Connection, campaign: str, **values: Any) -> None:
    table: Table = CAMPAIGNS
    mine = table.c.campaign == campaign
    if values and tx.execute(update(table).where(mine).values(**values)).rowcount:
        return
    if not values and tx.execute(select(table.c.change).where(mine)).first() is not None:
        return
    tx.execute(insert(table).values(campaign=campaign, change=0, **values))


def _strike(tx: Connection, campaign: str, number: str) -> None:
    if number:
        tx.execute(delete(ENTRIES).where(ENTRIES.c.campaign == campaign, ENTRIES.c.number == int(number)))
        return
    tx.execute(delete(ENTRIES).where(ENTRIES.c.campaign == campaign))
    tx.execute(delete(CAMPAIGNS).where(CAMPAIGNS.c.campaign == campaign))
