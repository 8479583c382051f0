"""Data keys in a SQLite file of their own, which one process opens, under the lock of its folder."""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from services.campaign.vault.keys import Wrapped
from services.kit.concurrency import run_blocking
from services.kit.failures import TemporaryFailure

_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS subject_keys("
    " key_id INTEGER PRIMARY KEY AUTOINCREMENT, epoch TEXT NOT NULL, wrapped BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS swept(only INTEGER PRIMARY KEY CHECK (only = 1), up_to INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO swept VALUES (1, 0)",
)
_ALL: Final = "SELECT key_id, epoch, wrapped FROM subject_keys"


class SqliteKeys:
    """Implements `keys.KeyRows`; what is deleted is overwritten in the file and wiped from its log."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
        path.chmod(0o600)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            self._db.execute(f"PRAGMA {pragma}").fetchall()
        for statement in _SCHEMA:
            self._db.execute(statement)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def add(self, count: int, wrap: Callable[[int], Wrapped]) -> None:
        with self._lock:
            first = self._highest() + 1
            rows = [wrap(key_id) for key_id in range(first, first + count)]
            self._transaction(lambda: self._db.executemany("INSERT INTO subject_keys VALUES (?,?,?)", rows))

    def find(self, key_ids: Sequence[int]) -> list[Wrapped]:
        found = (self._one(f"{_ALL} WHERE key_id=?", key_id) for key_id in key_ids)
        return [row for row in found if row is not None]

    def newest(self) -> Wrapped | None:
        return self._one(f"{_ALL} ORDER BY key_id DESC LIMIT 1")

    def living(self, key_ids: Sequence[int]) -> list[int]:
        found = {row[0] for row in self.find(key_ids)}
        return [key_id for key_id in key_ids if key_id in found]

    def delete(self, key_ids: Sequence[int]) -> None:
        """Raises TemporaryFailure `keys-busy` when the log could not be emptied."""
        with self._lock:
            self._transaction(lambda: self._delete(key_ids))
            self._empty_log()

    def raise_above(self, floor: int) -> None:
        def change() -> None:
            self._db.execute("DELETE FROM sqlite_sequence WHERE name='subject_keys'")
            self._db.execute("INSERT INTO sqlite_sequence(name, seq) VALUES ('subject_keys', ?)", (floor,))

        with self._lock:
            if floor > self._highest():
                self._transaction(change)

    def unswept(self) -> tuple[list[int], int]:
        with self._lock:
            sought = "SELECT key_id FROM subject_keys WHERE key_id>(SELECT up_to FROM swept) ORDER BY key_id"
            return [row[0] for row in self._db.execute(sought).fetchall()], self._highest()

    def sweep(self, unused: Sequence[int], up_to: int) -> None:
        def change() -> None:
            self._delete(unused)
            self._db.execute("UPDATE swept SET up_to=max(up_to, ?)", (up_to,))

        with self._lock:
            self._transaction(change)

    def _one(self, sql: str, *parameters: int) -> Wrapped | None:
        with self._lock:
            found = self._db.execute(sql, parameters).fetchall()
        return found[0] if found else None

    def _highest(self) -> int:
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name='subject_keys'").fetchone()
        return row[0] if row else 0

    def _delete(self, key_ids: Sequence[int]) -> None:
        self._db.executemany("DELETE FROM subject_keys WHERE key_id=?", [(key_id,) for key_id in key_ids])

    def _transaction(self, work: Callable[[], object]) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            work()
            run_blocking(lambda: self._db.execute("COMMIT").fetchall())
        except sqlite3.OperationalError as error:
            raise TemporaryFailure("keys-failed", retry_after=1.0) from error
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")

    def _empty_log(self) -> None:
        for _ in range(50):
            busy, _, _ = run_blocking(lambda: self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())[0]
            if not busy:
                return
            time.sleep(0.1)
        raise TemporaryFailure("keys-busy", retry_after=5)
