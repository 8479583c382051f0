"""Where data keys are kept under test: opened as a pool, looked into, and set back as a backup would."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

import psycopg

from services.campaign.vault.keys import KeyPool, KeyRows
from services.campaign.vault.postgres_keys import PostgresKeys
from services.campaign.vault.sqlite_keys import SqliteKeys
from tests.support.postgres import PASSWORD, Database

KEKS: Final = {"2026-11": b"k" * 32}


class KeyPlace(Protocol):
    def pool(self, keks: dict[str, bytes] | None = None, epoch: str = "2026-11", **options: Any) -> KeyPool: ...
    def wrapped(self, key_id: int) -> bytes: ...
    def replace(self, key_id: int, wrapped: bytes) -> None: ...
    def backup(self) -> Callable[[], None]:
        """What brings this very state back."""
        ...

    def grow_old(self) -> None:
        """Whatever was made becomes so old that no process can still hold it unused."""
        ...

    def close(self) -> None:
        """The pools that were opened here."""
        ...


class Pools:
    """Those opened in one place."""

    def __init__(self) -> None:
        self._opened: list[KeyPool] = []

    def _open(self, rows: KeyRows, keks: dict[str, bytes] | None, epoch: str, options: dict[str, Any]) -> KeyPool:
        self._opened.append(KeyPool(rows, keks or KEKS, epoch, **options))
        return self._opened[-1]

    def close(self) -> None:
        for pool in self._opened:
            pool.close()


class SqlitePlace(Pools):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._path = folder / "keys.db"

    def pool(self, keks: dict[str, bytes] | None = None, epoch: str = "2026-11", **options: Any) -> KeyPool:
        return self._open(SqliteKeys(self._path), keks, epoch, options)

    def wrapped(self, key_id: int) -> bytes:
        return bytes(self._do("SELECT wrapped FROM subject_keys WHERE key_id=?", key_id)[0][0])

    def replace(self, key_id: int, wrapped: bytes) -> None:
        self._do("UPDATE subject_keys SET wrapped=? WHERE key_id=?", wrapped, key_id)

    def backup(self) -> Callable[[], None]:
        copy = self._path.with_suffix(".backup")
        shutil.copy(self._path, copy)

        def restore() -> None:
            shutil.copy(copy, self._path)

        return restore

    def grow_old(self) -> None:
        """Only one process has the file, so that at its start nobody holds any."""

    def _do(self, sql: str, *parameters: Any) -> list[Any]:
        db = sqlite3.connect(self._path)
        found = db.execute(sql, parameters).fetchall()
        db.commit()
        db.close()
        return found


class PostgresPlace(Pools):
    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    def pool(self, keks: dict[str, bytes] | None = None, epoch: str = "2026-11", **options: Any) -> KeyPool:
        return self._open(self.rows(), keks, epoch, options)

    def rows(self) -> PostgresKeys:
        return PostgresKeys(self._database.engine())

    def over(self, rows: PostgresKeys) -> KeyPool:
        """A pool upon rows whose doings a test changed."""
        return self._open(rows, None, "2026-11", {})

    def wrapped(self, key_id: int) -> bytes:
        return bytes(self._do("SELECT wrapped FROM subject_keys WHERE key_id=%s", key_id)[0][0])

    def replace(self, key_id: int, wrapped: bytes) -> None:
        self._do("UPDATE subject_keys SET wrapped=%s WHERE key_id=%s", wrapped, key_id)

    def backup(self) -> Callable[[], None]:
        rows = self._do("SELECT * FROM subject_keys")
        (counted,) = self._do("SELECT last_value FROM subject_key_ids")

        def restore() -> None:
            self._do("DELETE FROM subject_keys")
            for row in rows:
                self._do("INSERT INTO subject_keys VALUES (%s,%s,%s,%s)", *row)
            self._do("SELECT setval('subject_key_ids', %s)", *counted)

        return restore

    def grow_old(self) -> None:
        self._do("UPDATE subject_keys SET made_at = made_at - interval '2 days'")

    def _do(self, sql: str, *parameters: Any) -> list[Any]:
        with psycopg.connect(self._database.url, password=str(PASSWORD), autocommit=True) as db:
            done = db.execute(sql, parameters)
            return done.fetchall() if done.description else []
