"""Reading a SQLite file beside its writer: as many connections as readers at once."""

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from services.campaign.adapters.reading import Pool, Rows
from services.campaign.adapters.schema import connect_reader
from services.kit.concurrency import run_blocking
from services.kit.failures import PermanentFailure, TemporaryFailure


class SqlitePool(Pool):
    def __init__(self, path: str) -> None:
        self._path = path
        self._idle: deque[sqlite3.Connection] = deque()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        with self._connection() as db:
            try:
                return db.execute(sql, parameters).fetchall()
            except sqlite3.OperationalError as error:
                raise TemporaryFailure("store-unreadable", retry_after=1.0) from error
            except sqlite3.Error as error:
                raise PermanentFailure("store-damaged") from error

    def scan(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        return run_blocking(self.rows, sql, parameters)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            db = self._idle.pop()
        except IndexError:
            db = connect_reader(self._path)
        try:
            yield db
        finally:
            self._idle.append(db)
