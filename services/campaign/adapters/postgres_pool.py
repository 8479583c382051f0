"""Connections to the event store in PostgreSQL, and the few of them that read."""

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import psycopg

from services.campaign.adapters.reading import Pool, Rows
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.settings import Secret
from services.kit.sql.engine import PASSING_STATES
from services.kit.sql.postgres import plan_outdated

READERS: Final = 8
"""Connections of one process that read at once; who finds none free waits."""
PATIENCE_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 60.0
"""One reading takes milliseconds; after so long the server ends it, and a server that does not is given up."""
_GIVEN_UP_AFTER: Final = 1.1
"""Of that time, so that a server that is well is the one to end it."""
_SESSION: Final = (
    "-c lock_timeout=5000 -c idle_in_transaction_session_timeout=5000 -c timezone=UTC"
    " -c synchronous_commit=on -c jit=off"
)
"""Whatever the server's defaults are: an answer means durable, and no wait is endless."""


class BoundedConnection(psycopg.Connection[Any]):
    """Gives up a server that takes its bytes and says nothing: it is frozen, or its disk is.

    No setting of the server helps against that, nor does TCP: the machine beneath it still answers.
    """

    longest_silence: float = 30.0
    """Seconds; whoever may wait long inside the server (for a lock) is told so by the server, much earlier."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Raises psycopg.OperationalError; the connection is closed then."""
        try:
            return super().wait(gen, interval, self.longest_silence if timeout is None else timeout)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.close()
            raise


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is; `url` carries no password."""

    url: str
    password: Secret | None
    application: str

    def connect(
        self, kind: "type[psycopg.Connection[Any]]" = psycopg.Connection, session: str = ""
    ) -> "psycopg.Connection[Any]":
        """Every statement commits by itself; `session` are further settings. Raises TemporaryFailure
        `store-unreachable`."""
        try:
            return kind.connect(
                self.url, password=None if self.password is None else str(self.password), autocommit=True,
                application_name=self.application, connect_timeout=5, options=_SESSION + session, keepalives_idle=10,
                keepalives_interval=5, keepalives_count=3, tcp_user_timeout=15_000,
            )  # fmt: skip
        except psycopg.OperationalError as error:
            raise TemporaryFailure("store-unreachable", retry_after=1.0) from error


def passing(error: Exception) -> bool:
    """Whether the same statement may succeed later."""
    if isinstance(error, TemporaryFailure | psycopg.OperationalError | psycopg.InterfaceError):
        return True
    return isinstance(error, psycopg.Error) and (error.sqlstate in PASSING_STATES or plan_outdated(error))


@lru_cache(maxsize=1000)
def spelled(sql: str) -> str:
    """A statement of the store with PostgreSQL's sign for a parameter."""
    return sql.replace("?", "%s")


class PostgresPool(Pool):
    def __init__(self, address: Address, size: int = READERS, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._address = address
        self._kind = type("Reading", (BoundedConnection,), {"longest_silence": answer_seconds * _GIVEN_UP_AFTER})
        self._session = f" -c statement_timeout={int(answer_seconds * 1000)}"
        self._places = threading.BoundedSemaphore(size)
        self._idle: deque[psycopg.Connection[Any]] = deque()
        self._closed = False

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        """A connection that was cut, or whose statements are of before a migration, is replaced once: reading again
        changes nothing."""
        try:
            with self._connection() as db:
                try:
                    return _all(db, sql, parameters)
                except psycopg.Error as error:
                    if plan_outdated(error):
                        db.close()
                    if not db.closed:
                        raise
            with self._connection(fresh=True) as db:
                return _all(db, sql, parameters)
        except psycopg.Error as error:
            if passing(error):
                raise TemporaryFailure("store-unreadable", retry_after=1.0) from error
            raise PermanentFailure("store-damaged") from error

    def scan(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        return self.rows(sql, parameters)

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _connection(self, *, fresh: bool = False) -> "Iterator[psycopg.Connection[Any]]":
        if not self._places.acquire(timeout=PATIENCE_SECONDS):
            raise TemporaryFailure("store-unreadable", retry_after=1.0)
        try:
            if fresh:
                self._drop_idle()
            try:
                db = self._idle.pop()
            except IndexError:
                db = self._address.connect(self._kind, self._session)
            try:
                yield db
            finally:
                if db.closed or self._closed:
                    db.close()
                else:
                    self._idle.append(db)
        finally:
            self._places.release()

    def _drop_idle(self) -> None:
        """Where one connection was cut, the others were too."""
        while self._idle:
            self._idle.pop().close()


def _all(db: "psycopg.Connection[Any]", sql: str, parameters: Sequence[Any]) -> Rows:
    return db.execute(spelled(sql), parameters, binary=True).fetchall()
