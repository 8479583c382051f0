"""Who is active, told by PostgreSQL: locks of a session, gone with the process that holds them or with its connection.

Two may believe for a moment that they hold the same lease: one whose connection was cut has not noticed yet. So a
lease saves work and keeps order; that nothing is lost or done twice rests on rows locked in the transaction of the
effect, and on the stream refusing a publisher that was superseded.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Engine, Executable

from services.kit.failures import TemporaryFailure
from services.kit.logs import logger
from services.kit.sql.engine import passing, temporary_when_busy
from services.kit.sql.locks import lock_key
from services.kit.sql.sessions import LockSession

SHARES_ANEW_SECONDS: Final = 1.0
WANTS_MORE_SECONDS: Final = 0.1
"""Whoever has less than its share looks oftener, so that a partition on its way is without a holder but shortly."""
_MEMBER: Final = 2**31 - 1
"""In the group of locks of a consumer: each partition has its number, and this one is held, shared, by every member."""


class PostgresLease:
    """One holder among all processes of a database; see `kit.stream.lease.Lease`."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._key = lock_key(name)
        self._name = name
        self._session = LockSession(engine)
        self._holds = False
        self._guard = threading.Lock()

    def hold(self) -> bool:
        """False once after the connection was lost, so that its user begins anew even when it gets the lease back."""
        with self._guard:
            if self._holds:
                self._holds = self._session.lives()
                if not self._holds:
                    logger(__name__).warning("lease lost; its connection ended", name=self._name)
                return self._holds
            try:
                self._holds = self._session.says("SELECT pg_try_advisory_lock(:key)", key=self._key)
            except Exception as error:
                if not passing(error):
                    raise
            return self._holds

    def does(self, statement: Executable, values: Mapping[str, Any]) -> None:
        """One statement on the lease's own connection, a transaction of its own, durable when this returns."""
        with self._guard:
            try:
                self._session.does(statement, values)
            except Exception:
                self._holds = False
                raise

    def release(self) -> None:
        with self._guard:
            self._holds = False
            self._session.end()


class SharedPartitions:
    """The partitions of a topic, shared out evenly among the live processes of one consumer.

    Every second a member counts the members, gives up what is beyond its share and takes what is free. So a process
    that comes or goes, however it goes, is evened out within a few seconds, and only what must move does.
    """

    def __init__(self, engine: Engine, consumer: str, topic: str, partitions: int) -> None:
        self._group = (lock_key(f"partitions {consumer} {topic}") >> 33) & 0x7FFFFFFF
        self._partitions = partitions
        self._session = LockSession(engine)
        self._mine: list[int] = []
        self._shared_at = float("-inf")
        self._wants_more = False
        self._guard = threading.Lock()

    def mine(self) -> Sequence[int]:
        """Called before each slice; in ascending order. Raises TemporaryFailure, and then nothing is held."""
        with self._guard:
            if time.monotonic() - self._shared_at >= (WANTS_MORE_SECONDS if self._wants_more else SHARES_ANEW_SECONDS):
                self._share_anew()
                self._shared_at = time.monotonic()
            return tuple(self._mine)

    def release(self) -> None:
        """The others need not wait until this process has ended."""
        with self._guard:
            self._mine = []
            self._shared_at = float("-inf")
            self._session.end()

    def _share_anew(self) -> None:
        try:
            with temporary_when_busy():
                if not self._session.lives():
                    self._mine = []
                    self._session.rows("SELECT pg_advisory_lock_shared(:g, :m)", g=self._group, m=_MEMBER)
                share = self._share()
                for partition in self._mine[share:]:
                    self._session.rows("SELECT pg_advisory_unlock(:g, :p)", g=self._group, p=partition)
                self._mine = self._mine[:share]
                self._take(share)
                self._wants_more = len(self._mine) < share
        except TemporaryFailure:
            self._mine = []
            raise

    def _share(self) -> int:
        """How many are ours: the same for all, and one more for the first few where it does not come out even."""
        (found,) = self._session.rows(
            "SELECT count(*) AS members, count(*) FILTER (WHERE pid < pg_backend_pid()) AS before FROM pg_locks "
            "WHERE locktype = 'advisory' AND granted AND mode = 'ShareLock' AND objsubid = 2 "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
            "AND classid = :g AND objid = :m",
            g=self._group,
            m=_MEMBER,
        )
        even, left_over = divmod(self._partitions, found.members)
        return int(even) + int(found.before < left_over)

    def _take(self, share: int) -> None:
        for partition in range(self._partitions):
            if len(self._mine) >= share:
                break
            taken = "SELECT pg_try_advisory_lock(:g, :p)"
            if partition not in self._mine and self._session.says(taken, g=self._group, p=partition):
                self._mine.append(partition)
        self._mine.sort()
