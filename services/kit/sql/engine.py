"""SQLite engines for read models and outboxes: WAL, short writing transactions that wait for one another in order."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, cast

from sqlalchemy import Connection, Engine, create_engine, event, exc

from services.kit.concurrency import run_blocking
from services.kit.failures import TemporaryFailure


def sqlite_engine(
    path: Path,
    *,
    synchronous: Literal["FULL", "NORMAL"] = "FULL",
    secure_delete: bool = False,
    busy_seconds: float = 5.0,
    cache_mb: int = 16,
) -> Engine:
    """An engine for many threads or greenlets of one process.

    `engine.begin()` is a writing transaction (BEGIN IMMEDIATE); writers of one process take turns on a lock,
    since SQLite's own waiting would hold up every greenlet. `reading(engine)` sees one snapshot, never waits.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    turn = threading.Lock()

    def connect(*args: Any, **options: Any) -> _TakingTurns:
        connection = _TakingTurns(*args, **options)
        connection.turn = turn
        return connection

    options = {"timeout": busy_seconds, "check_same_thread": False, "factory": connect}
    engine = create_engine(f"sqlite:///{path}", connect_args=options, pool_size=5, max_overflow=45)
    pragmas = (
        "PRAGMA journal_mode=WAL",
        f"PRAGMA synchronous={synchronous}",
        "PRAGMA foreign_keys=ON",
        "PRAGMA trusted_schema=OFF",
        f"PRAGMA secure_delete={'ON' if secure_delete else 'OFF'}",
        f"PRAGMA cache_size=-{cache_mb * 1024}",
    )

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(pragma).fetchall()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get("reading"):
            connection.exec_driver_sql("BEGIN")
        else:
            cast(_TakingTurns, connection.connection.driver_connection).begin_writing(busy_seconds)

    return engine


class _TakingTurns(sqlite3.Connection):
    """A connection that holds its process's writing turn from BEGIN IMMEDIATE until COMMIT or ROLLBACK is done."""

    turn: threading.Lock
    _holds = False

    def begin_writing(self, patience: float) -> None:
        if not self.turn.acquire(timeout=patience):
            raise TemporaryFailure("database-busy")
        self._holds = True
        try:
            self.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            self._give_back()
            raise TemporaryFailure("database-busy") from error

    def commit(self) -> None:
        if self._holds:
            run_blocking(super().commit)
        else:
            super().commit()
        self._give_back()

    def rollback(self) -> None:
        try:
            super().rollback()
        finally:
            self._give_back()

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._give_back()

    def _give_back(self) -> None:
        if self._holds:
            self._holds = False
            self.turn.release()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent snapshot; writing in it fails as soon as somebody else has written."""
    with engine.connect().execution_options(reading=True) as connection, connection.begin():
        yield connection


@contextmanager
def temporary_when_busy() -> Iterator[None]:
    """Turns what the database may recover from (busy, away, full) into TemporaryFailure."""
    try:
        yield
    except (exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
        raise TemporaryFailure("database-busy") from error
