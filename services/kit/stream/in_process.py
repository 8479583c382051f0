"""The stream inside one process: a SQLite file that survives restarts, behind the same port as Kafka.

A topic whose publisher goes on from its end is written with `synchronous=NORMAL`: after a power cut the last records
may be missing, always a suffix of what was published. That loses nothing, because the suffix is published again, in
the same order and so at the same offsets; consumers drop what they have seen. What is published once, from marks that
are then struck off, is on the disk before `publish` returns (and all that stands before it with it).
"""

from __future__ import annotations

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import orjson

from services.contracts.envelope import Envelope
from services.contracts.topics import Topic, partition_of
from services.kit.concurrency import run_blocking
from services.kit.failures import TemporaryFailure
from services.kit.stream.port import START, Delivered, Record

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    topic TEXT NOT NULL, partition INT NOT NULL, offset INT NOT NULL,
    key TEXT, time TEXT NOT NULL, headers BLOB NOT NULL, data BLOB,
    PRIMARY KEY (topic, partition, offset)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS latest (
    topic TEXT NOT NULL, key TEXT NOT NULL, partition INT NOT NULL, offset INT NOT NULL, PRIMARY KEY (topic, key)
) WITHOUT ROWID;
"""
_BEYOND = 2**62
_END = "SELECT max(offset) FROM records WHERE topic = ? AND partition = ?"
_INSERT = "INSERT INTO records (topic, partition, offset, key, time, headers, data) VALUES (?, ?, ?, ?, ?, ?, ?)"
_DELETE = "DELETE FROM records WHERE topic = ? AND partition = ? AND offset = ?"


class InProcessStream:
    """Both sides of the port over one file; any number of threads of one process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._writing, self._reading = threading.Lock(), threading.Lock()
        self._writer, self._reader = _connect(path), _connect(path)
        self._writer.executescript(_SCHEMA)
        self._hints: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)

    def close(self) -> None:
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    def publish(self, topic: Topic, records: Sequence[Record]) -> None:
        with self._transaction("NORMAL" if topic.continued else "FULL") as tx:
            ends: dict[int, int] = {}
            for record in records:
                partition = partition_of(record.envelope.partitionkey, topic.partitions)
                if partition not in ends:
                    ends[partition] = _end(tx, topic, partition)
                ends[partition] += 1
                _insert(tx, topic, partition, ends[partition], record)
        for hint in self._hints[topic.name]:
            hint()

    def partitions(self, topic: Topic) -> range:
        return range(topic.partitions)

    def fetch(
        self, topic: Topic, partition: int, after_offset: int, limit: int, *, sure: bool = True
    ) -> list[Delivered]:
        if not sure:
            return []
        with self._reading, _failing_for_now():
            rows = self._reader.execute(
                "SELECT offset, key, headers, data FROM records "
                "WHERE topic = ? AND partition = ? AND offset > ? ORDER BY offset LIMIT ?",
                (topic.name, partition, after_offset, limit),
            ).fetchall()
        return [Delivered(partition, offset, _record(key, headers, data)) for offset, key, headers, data in rows]

    def end(self, topic: Topic, partition: int) -> int:
        with self._reading, _failing_for_now():
            return _end(self._reader, topic, partition)

    def last(self, topic: Topic, partition: int, before: int | None = None) -> Delivered | None:
        with self._reading, _failing_for_now():
            row = self._reader.execute(
                "SELECT offset, key, headers, data FROM records "
                "WHERE topic = ? AND partition = ? AND offset < ? ORDER BY offset DESC LIMIT 1",
                (topic.name, partition, _BEYOND if before is None else before),
            ).fetchone()
        return None if row is None else Delivered(partition, row[0], _record(*row[1:]))

    def take_over(self, topic: Topic) -> None:
        """Whoever writes the file has locked it: nothing is ever half done."""

    def wake(self, topic: Topic, hint: Callable[[], None]) -> None:
        self._hints[topic.name].append(hint)

    def expire(self, topic: Topic, now: datetime) -> int:
        """Removes records past the topic's retention, never the last of a partition; says how many."""
        if topic.retention_days is None:
            return 0
        oldest = _text(now - timedelta(days=topic.retention_days))
        with self._transaction() as tx:
            return sum(
                tx.execute(
                    "DELETE FROM records WHERE topic = ? AND partition = ? AND time < ? AND offset < ?",
                    (topic.name, partition, oldest, _end(tx, topic, partition)),
                ).rowcount
                for partition in self.partitions(topic)
            )

    @contextmanager
    def _transaction(self, synchronous: Literal["NORMAL", "FULL"] = "NORMAL") -> Iterator[sqlite3.Connection]:
        with self._writing, _failing_for_now():
            self._writer.execute(f"PRAGMA synchronous={synchronous}")
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                run_blocking(self._writer.execute, "COMMIT")
            except BaseException:
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
                raise


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    return connection


@contextmanager
def _failing_for_now() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise TemporaryFailure("stream-away") from error


def _end(connection: sqlite3.Connection, topic: Topic, partition: int) -> int:
    (last,) = connection.execute(_END, (topic.name, partition)).fetchone()
    return START if last is None else int(last)


def _insert(tx: sqlite3.Connection, topic: Topic, partition: int, offset: int, record: Record) -> None:
    headers = orjson.dumps([(name, value.decode()) for name, value in record.envelope.to_headers()])
    data = None if record.tombstone else record.envelope.data
    time = _text(record.envelope.time)
    tx.execute(_INSERT, (topic.name, partition, offset, record.own_key, time, headers, data))
    if topic.compacted:
        _forget_older(tx, topic, partition, offset, record.key)


def _forget_older(tx: sqlite3.Connection, topic: Topic, partition: int, offset: int, key: str) -> None:
    older = tx.execute("SELECT partition, offset FROM latest WHERE topic = ? AND key = ?", (topic.name, key)).fetchone()
    if older is not None:
        tx.execute(_DELETE, (topic.name, *older))
    tx.execute("INSERT OR REPLACE INTO latest VALUES (?, ?, ?, ?)", (topic.name, key, partition, offset))


def _record(key: str | None, headers: bytes, data: bytes | None) -> Record:
    pairs = [(name, value.encode()) for name, value in orjson.loads(headers)]
    return Record(Envelope.from_headers(pairs, data or b""), own_key=key, tombstone=data is None)


def _text(at: datetime) -> str:
    return f"{at.timestamp():020.6f}"
