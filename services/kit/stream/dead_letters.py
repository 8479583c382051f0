"""Records that could not be handled, and all later ones of their key, waiting in order until they are played again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from services.contracts.envelope import Envelope
from services.contracts.topics import Topic
from services.kit.sql.engine import temporary_when_busy
from services.kit.stream.port import Delivered, Record
from services.kit.stream.tables import DEAD_LETTERS as T

BEHIND = "behind-a-dead-letter"


@dataclass(frozen=True)
class Parked:
    """One key that waits: why, and how many records."""

    key: str
    reason: str
    records: int


class DeadLetters:
    """The dead letters of one consumer of one topic; every call is part of the caller's transaction."""

    def __init__(self, consumer: str, topic: Topic) -> None:
        self._consumer = consumer
        self._topic = topic.name
        self._mine = (T.c.consumer == consumer, T.c.topic == topic.name)

    def keys(self, tx: Connection) -> set[str]:
        return set(tx.execute(select(T.c.partition_key).where(*self._mine).distinct()).scalars())

    def waiting(self, look: Callable[[], AbstractContextManager[Connection]]) -> int:
        """How many there are, in a transaction of its own; for whoever watches."""
        with temporary_when_busy(), look() as tx:
            return tx.execute(select(func.count()).select_from(T).where(*self._mine)).scalar_one()

    def parked(self, tx: Connection) -> list[Parked]:
        """What waits, for whoever looks after the installation."""
        rows = tx.execute(select(T.c.partition_key, T.c.reason).where(*self._mine).order_by(T.c.offset)).all()
        reasons: dict[str, list[str]] = {}
        for row in rows:
            reasons.setdefault(row.partition_key, []).append(row.reason)
        return [Parked(key, found[0], len(found)) for key, found in reasons.items()]

    def put(self, tx: Connection, delivered: Delivered, reason: str) -> None:
        record = delivered.record
        headers = orjson.dumps([(name, value.decode()) for name, value in record.envelope.to_headers()])
        tx.execute(
            insert(T).values(
                consumer=self._consumer,
                topic=self._topic,
                partition=delivered.partition,
                offset=delivered.offset,
                partition_key=record.envelope.partitionkey,
                own_key=record.own_key,
                tombstone=record.tombstone,
                reason=reason,
                headers=headers,
                data=record.envelope.data,
            )
        )

    def of_key(self, tx: Connection, key: str, limit: int) -> list[Delivered]:
        rows = tx.execute(select(T).where(*self._mine, T.c.partition_key == key).order_by(T.c.offset).limit(limit))
        return [_delivered(row) for row in rows]

    def remove(self, tx: Connection, letter: Delivered) -> None:
        tx.execute(delete(T).where(*self._at(letter)))

    def blame(self, tx: Connection, letter: Delivered, reason: str) -> None:
        tx.execute(update(T).where(*self._at(letter)).values(reason=reason))

    def unannounced(self, tx: Connection, limit: int) -> list[tuple[Delivered, Record]]:
        """Letters that the dead topic has not been told of, each with the record that tells it."""
        rows = tx.execute(select(T).where(*self._mine, T.c.announced.is_(False)).order_by(T.c.offset).limit(limit))
        letters = [(_delivered(row), row.reason) for row in rows]
        return [(letter, self._announcement(letter, reason)) for letter, reason in letters]

    def announced(self, tx: Connection, letters: list[Delivered]) -> None:
        for letter in letters:
            tx.execute(update(T).where(*self._at(letter)).values(announced=True))

    def _announcement(self, letter: Delivered, reason: str) -> Record:
        envelope = letter.record.envelope
        marks = {"deadreason": reason, "deadconsumer": self._consumer, "deadtopic": self._topic}
        return replace(letter.record, envelope=replace(envelope, extensions={**envelope.extensions, **marks}))

    def _at(self, letter: Delivered) -> tuple[Any, ...]:
        return (*self._mine, T.c.partition == letter.partition, T.c.offset == letter.offset)


def reason_of(error: Exception) -> str:
    """The code of a failure, else its kind; never its words, which may be a person's."""
    code = getattr(error, "code", None)
    return code if isinstance(code, str) and code else type(error).__name__


def _delivered(row: Row[Any]) -> Delivered:
    pairs = [(name, value.encode()) for name, value in orjson.loads(row.headers)]
    record = Record(Envelope.from_headers(pairs, row.data), own_key=row.own_key, tombstone=row.tombstone)
    return Delivered(row.partition, row.offset, record)
