"""Data keys in a database of their own: durable before use, made ahead, destroyed for good."""

import os
import sqlite3
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.campaign.vault.sealing import NONCE_BYTES, DataKey
from services.kit.concurrency import run_blocking
from services.kit.failures import PermanentFailure, TemporaryFailure

FIRST_FILL: Final = 32
FILL: Final = 256
LOW: Final = 16
CACHED: Final = 4096
KEY_BYTES: Final = 32
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS subject_keys("
    " key_id INTEGER PRIMARY KEY AUTOINCREMENT, epoch TEXT NOT NULL, wrapped BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS swept(only INTEGER PRIMARY KEY CHECK (only = 1), up_to INTEGER NOT NULL)",
    "INSERT OR IGNORE INTO swept VALUES (1, 0)",
)


class KeyPool:
    """The data keys of one data folder; one process opens it, under the folder's lock.

    `keks` are the key-encryption keys by epoch, `epoch` the one that wraps new keys.
    """

    def __init__(self, path: Path, keks: Mapping[str, bytes], epoch: str) -> None:
        self._keks = {name: AESGCM(kek) for name, kek in keks.items()}
        self._epoch = epoch
        self._lock = threading.RLock()
        self._pool: deque[DataKey] = deque()
        self._cache: OrderedDict[int, DataKey] = OrderedDict()
        self._next_fill = FIRST_FILL
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5)
        path.chmod(0o600)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            self._db.execute(f"PRAGMA {pragma}").fetchall()
        for statement in _SCHEMA:
            self._db.execute(statement)
        self._refuse_foreign_keys()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def take(self) -> DataKey:
        """A fresh key, already durable; the taker that finds the pool low fills it."""
        while True:
            if len(self._pool) <= LOW:
                self._refill()
            try:
                return self._pool.popleft()
            except IndexError:
                continue

    def give_back(self, keys: Iterable[DataKey]) -> None:
        """Keys that sealed nothing which was stored."""
        self._pool.extend(keys)

    def get(self, key_id: int) -> DataKey | None:
        """The key, or None when it was destroyed."""
        with self._lock:
            key = self._cache.get(key_id)
            if key is not None:
                self._cache.move_to_end(key_id)
                return key
            row = self._db.execute("SELECT epoch, wrapped FROM subject_keys WHERE key_id=?", (key_id,)).fetchone()
            if row is None:
                return None
            key = self._cache[key_id] = self._unwrap(key_id, *row)
            if len(self._cache) > CACHED:
                self._cache.popitem(last=False)
            return key

    def living(self, key_ids: Iterable[int]) -> list[int]:
        """Those of the ids whose key still exists."""
        with self._lock:
            sought = "SELECT 1 FROM subject_keys WHERE key_id=?"
            return [key_id for key_id in key_ids if self._db.execute(sought, (key_id,)).fetchone()]

    def destroy(self, key_ids: Iterable[int]) -> None:
        """Deletes keys and wipes their bytes from the file and its log; repeatable.

        Raises TemporaryFailure `keys-busy` when the log could not be emptied: call again.
        """
        gone = list(key_ids)
        with self._lock:
            for key_id in gone:
                self._cache.pop(key_id, None)
            self._transaction(lambda: self._delete(gone))
            self._empty_log()

    def sweep(self, in_use: Callable[[Sequence[int]], set[int]], floor: int) -> int:
        """At start-up, before the first `take`: drops keys that no one has; answers how many.

        `in_use` tells which of some key ids the event store names; `floor` is the highest it ever named, so that a
        key database restored from a backup does not give the same id twice.
        """
        with self._lock:
            since = self._db.execute("SELECT up_to FROM swept").fetchone()[0]
            made = [row[0] for row in self._db.execute("SELECT key_id FROM subject_keys WHERE key_id>?", (since,))]
            used = in_use(made)
            unused = [key_id for key_id in made if key_id not in used]
            highest = max([floor, self._highest(), *made])

            def drop() -> None:
                self._delete(unused)
                self._db.execute("UPDATE swept SET up_to=?", (max(since, highest),))
                if highest > self._highest():
                    self._db.execute("DELETE FROM sqlite_sequence WHERE name='subject_keys'")
                    self._db.execute("INSERT INTO sqlite_sequence(name, seq) VALUES ('subject_keys', ?)", (highest,))

            self._transaction(drop)
            return len(unused)

    def _refill(self) -> None:
        if not self._lock.acquire(blocking=not self._pool):
            return
        try:
            if len(self._pool) <= LOW:
                self._fill()
        finally:
            self._lock.release()

    def _fill(self) -> None:
        count, self._next_fill = self._next_fill, FILL
        first = self._highest() + 1
        rows, keys = [], []
        for key_id in range(first, first + count):
            secret, nonce = os.urandom(KEY_BYTES), os.urandom(NONCE_BYTES)
            wrapped = nonce + self._keks[self._epoch].encrypt(nonce, secret, _aad(key_id, self._epoch))
            rows.append((key_id, self._epoch, wrapped))
            keys.append(DataKey(key_id, AESGCM(secret)))
        self._transaction(lambda: self._db.executemany("INSERT INTO subject_keys VALUES (?,?,?)", rows))
        self._pool.extend(keys)

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

    def _unwrap(self, key_id: int, epoch: str, wrapped: bytes) -> DataKey:
        kek = self._keks.get(epoch)
        if kek is None:
            raise PermanentFailure("kek-missing")
        try:
            secret = kek.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _aad(key_id, epoch))
        except InvalidTag:
            raise PermanentFailure("kek-wrong") from None
        return DataKey(key_id, AESGCM(secret))

    def _refuse_foreign_keys(self) -> None:
        """A lost or exchanged key-encryption key is noticed at the start, not at the first member who asks."""
        newest = "SELECT key_id, epoch, wrapped FROM subject_keys ORDER BY key_id DESC LIMIT 1"
        for key_id, epoch, wrapped in self._db.execute(newest).fetchall():
            self._unwrap(key_id, epoch, wrapped)


def _aad(key_id: int, epoch: str) -> bytes:
    return f"dek/v1|{key_id}|{epoch}".encode()
