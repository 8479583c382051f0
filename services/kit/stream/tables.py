"""The tables that a consumer keeps in its service's database, beside its effects."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Connection, Integer, LargeBinary, MetaData, String, Table

METADATA = MetaData()

POSITIONS = Table(
    "consumer_positions",
    METADATA,
    Column("consumer", String, primary_key=True),
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("source", String, primary_key=True),
    Column("last_offset", BigInteger, nullable=False),
    Column("last_sequence", BigInteger, nullable=False),
)

DEAD_LETTERS = Table(
    "dead_letters",
    METADATA,
    Column("consumer", String, primary_key=True),
    Column("topic", String, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("partition_key", String, nullable=False, index=True),
    Column("own_key", String),
    Column("tombstone", Boolean, nullable=False),
    Column("reason", String, nullable=False),
    Column("headers", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("announced", Boolean, nullable=False, default=False),
)


def create(tx: Connection) -> None:
    """Called by a service's migration (`create(op.get_bind())`)."""
    METADATA.create_all(tx)
