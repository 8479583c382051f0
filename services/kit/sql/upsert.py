"""`insert(table).values(..).on_conflict_do_update(..)` and `.on_conflict_do_nothing()`, the same on both databases.

SQLAlchemy has one such statement per dialect; PostgreSQL's is the wider one, and SQLite compiles it too. A statement
made once at import so serves whichever database a process runs on. `do_update` needs `index_elements`.
"""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import Insert, insert

__all__ = ["Insert", "insert", "rows_put"]


def rows_put(tx: Connection, statement: Insert) -> int:
    """How many rows an insert put or changed. (`rowcount` of an insert by itself says -1 on psycopg, which is true.)"""
    return tx.execute(statement, execution_options={"preserve_rowcount": True}).rowcount
