"""Locks by name for what no row stands for yet: one transaction, or one connection, at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, text


def lock_key(name: str) -> int:
    """PostgreSQL's advisory locks are numbers of 64 bits; one name gives the same number everywhere."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def lock_in(tx: Connection, name: str) -> None:
    """Until the transaction ends, others who ask for this name wait, five seconds at most (then `database-busy`).

    What is read afterwards is as the last holder left it, under READ COMMITTED. On SQLite a writing transaction is
    alone anyway.
    """
    lock_all_in(tx, [name])


def lock_all_in(tx: Connection, names: Sequence[str]) -> None:
    """One after the other, in the order given, which should be the same for all who take several."""
    if tx.dialect.name == "postgresql":
        keys = [lock_key(name) for name in names]
        tx.execute(
            text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key"), {"keys": keys}
        )


def try_lock_in(tx: Connection, name: str) -> bool:
    """Whether nobody else has the name at this moment; then it is held until the transaction ends."""
    if tx.dialect.name != "postgresql":
        return True
    return bool(tx.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": lock_key(name)}).scalar_one())
