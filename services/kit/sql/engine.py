"""Engines: a SQLite file whose writers take turns in order, or PostgreSQL; reading and failing alike on both."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal, cast

from sqlalchemy import Connection, Engine, create_engine, event, exc

from services.kit.concurrency import run_blocking
from services.kit.failures import TemporaryFailure
from services.kit.settings import Secret
from services.kit.sql.postgres import is_postgres, postgres_engine

_PASSING: Final = (exc.OperationalError, exc.InterfaceError, exc.TimeoutError)
PASSING_STATES: Final = frozenset({"25006", "25P03", "40001", "40P01", "57P01", "57P02", "57P03"})
"""read-only after a failover, idle for too long, serialization, deadlock, shutdown, crash, starting up"""


def database_engine(
    url: str | None,
    password: Secret | None,
    path: Path,
    *,
    application: str,
    pool_size: int = 10,
    secure_delete: bool = False,
) -> Engine:
    """PostgreSQL where an address is set, else the SQLite file; called by the wiring of a service."""
    if url is None:
        return sqlite_engine(path, secure_delete=secure_delete)
    return postgres_engine(url, password, application=application, pool_size=pool_size)


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
    engine = create_engine(
        f"sqlite:///{path}", connect_args=options, pool_size=5, max_overflow=45, hide_parameters=True
    )
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
    """One consistent snapshot, for reading only."""
    options: dict[str, Any] = {"reading": True}
    if is_postgres(engine):
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def passing(error: Exception) -> bool:
    """Whether the same transaction may succeed later: the database was busy, away, full, or chose another to go on."""
    if isinstance(error, (TemporaryFailure, *_PASSING)):
        return True
    if not isinstance(error, exc.DBAPIError):
        return False
    return error.connection_invalidated or getattr(error.orig, "sqlstate", None) in PASSING_STATES


@contextmanager
def temporary_when_busy() -> Iterator[None]:
    """Turns what the database may recover from into TemporaryFailure."""
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError) as error:
        if passing(error):
            raise TemporaryFailure("database-busy") from error
        raise
