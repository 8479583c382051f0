"""The tables of the event store in SQLite, and how a connection to them is made."""

import sqlite3
from pathlib import Path
from typing import Final

SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS stored_events(
      notification_id INTEGER PRIMARY KEY, originator_id BLOB NOT NULL, originator_version INTEGER NOT NULL,
      campaign_no INTEGER NOT NULL, log_index INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL,
      correlation TEXT,
      UNIQUE(originator_id, originator_version), UNIQUE(campaign_no, log_index))""",
    """CREATE TABLE IF NOT EXISTS campaigns(
      campaign_no INTEGER PRIMARY KEY, campaign BLOB NOT NULL UNIQUE, size INTEGER NOT NULL, state TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS unique_keys(
      key BLOB NOT NULL, scope BLOB NOT NULL, kind INTEGER NOT NULL, owner BLOB NOT NULL,
      PRIMARY KEY(key, scope, kind)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS sealed(
      notification_id INTEGER PRIMARY KEY, key_id INTEGER NOT NULL, blob BLOB NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS sealed_under ON sealed(key_id)",
    """CREATE TABLE IF NOT EXISTS content(
      notification_id INTEGER PRIMARY KEY, event_id BLOB NOT NULL UNIQUE, disclosures TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS erasures(
      subject BLOB PRIMARY KEY, campaign BLOB NOT NULL, key_ids TEXT NOT NULL, highest_key INTEGER NOT NULL,
      done INTEGER NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS handover(
      row INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, created_at INTEGER NOT NULL, kind TEXT NOT NULL,
      campaign BLOB NOT NULL, subject BLOB, key_id INTEGER NOT NULL, body BLOB NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS idempotency(
      row INTEGER PRIMARY KEY, scope TEXT NOT NULL, key TEXT NOT NULL, digest BLOB NOT NULL, answer BLOB NOT NULL,
      created_at INTEGER NOT NULL, UNIQUE(scope, key))""",
)
"""Notification ids and log indexes are given by the writer: gapless, in the order of commit. Times are microseconds."""

ADDED: Final = {("stored_events", "correlation"): "TEXT"}
"""Columns that data folders of earlier versions do not have yet."""

_CACHE_KIB: Final = 65_536


def connect_writer(path: str) -> sqlite3.Connection:
    """The one connection that writes: durable at COMMIT, deleted bytes are overwritten, checkpoints by hand."""
    db = _connect(path, ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "wal_autocheckpoint=0"))
    Path(path).chmod(0o600)
    return db


def prepare(db: sqlite3.Connection) -> None:
    """Makes what is missing; what an earlier version made stays as it is."""
    for statement in SCHEMA:
        db.execute(statement)
    for (table, column), kind in ADDED.items():
        if column not in {row[1] for row in db.execute(f"PRAGMA table_info({table})").fetchall()}:
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")


def connect_reader(path: str) -> sqlite3.Connection:
    return _connect(path, ("query_only=ON",))


def _connect(path: str, pragmas: tuple[str, ...]) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5, cached_statements=256)
    for pragma in (*pragmas, f"cache_size=-{_CACHE_KIB}"):
        db.execute(f"PRAGMA {pragma}").fetchall()
    return db
