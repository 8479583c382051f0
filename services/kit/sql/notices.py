"""Telling other processes that something was committed: NOTIFY on a channel of PostgreSQL; `kit.sql.wakes` hears it."""

from __future__ import annotations

from sqlalchemy import Connection, text


def notify(tx: Connection, channel: str) -> None:
    """Once the transaction is committed; nobody on SQLite, which has one process."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_notify(:channel, '')"), {"channel": channel})
