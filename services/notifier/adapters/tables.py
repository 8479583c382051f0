"""The tables of notifier; instants are milliseconds since 1970 in UTC, ids are text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from services.kit.sql.columns import BIG_ID

METADATA = MetaData()

CAMPAIGNS = Table(
    "campaigns",
    METADATA,
    Column("campaign", Text, primary_key=True),
    Column("timezone", Text, nullable=False),
    Column("locale", Text, nullable=False),
    Column("problem", Text, nullable=False),
)
WORDS = Table(
    "campaign_words",
    METADATA,
    Column("place", BIG_ID, primary_key=True),
    Column("campaign", Text, nullable=False, index=True),
    Column("event", Text, nullable=False, unique=True),
)
ORGANIZERS = Table(
    "organizers",
    METADATA,
    Column("organizer", Text, primary_key=True),
    Column("campaign", Text, nullable=False, index=True),
    Column("state", Text, nullable=False),
)
MEMBERS = Table(
    "members",
    METADATA,
    Column("campaign", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("before", Text),
    Column("confirmed_at", BigInteger),
    PrimaryKeyConstraint("campaign", "subject"),
)
FILINGS = Table(
    "filings",
    METADATA,
    Column("filing", Text, primary_key=True),
    Column("campaign", Text, nullable=False),
    Column("filer", Text, nullable=False),
    Column("own", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("deadline", Text),
)
CONTACTS = Table(
    "contacts",
    METADATA,
    Column("contact", Text, primary_key=True),
    Column("logger", Text, nullable=False),
    Column("own", Integer, nullable=False),
)
PROMISES = Table(
    "promises",
    METADATA,
    Column("promise", Text, primary_key=True),
    Column("until", Text, nullable=False),
)
_CLAIMED = text("claimed_by IS NOT NULL")
OUTBOX = Table(
    "outbox",
    METADATA,
    Column("id", BIG_ID, primary_key=True),
    Column("event", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("campaign", Text),
    Column("facts", Text),
    Column("words_event", Text),
    Column("about", Text),
    Column("priority", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("attempts", Integer, nullable=False, default=0),
    Column("reason", Text),
    Column("claimed_by", Text),
    Column("fan_out", BIG_ID),
    Column("sequence", BigInteger),
    Column("reached", Text),
    Column("correlation", Text),
    UniqueConstraint("event", "recipient", "kind"),
    Index("outbox_in_turn", "state", "priority", "due_at", "id"),
    Index("outbox_claimed", "claimed_by", sqlite_where=_CLAIMED, postgresql_where=_CLAIMED),
)
HANDED = Table(
    "handed",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("expires_at", BigInteger, nullable=False, index=True),
)
SUPPRESSED = Table(
    "suppressed",
    METADATA,
    Column("address_key", LargeBinary, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
)
STOPPED = Table(
    "stopped",
    METADATA,
    Column("campaign", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    PrimaryKeyConstraint("campaign", "subject"),
)
ANNOUNCEMENTS = Table(
    "announcements",
    METADATA,
    Column("id", BIG_ID, primary_key=True),
    Column("type", Text, nullable=False),
    Column("campaign", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("data", Text, nullable=False),
    Column("place", BigInteger),
    sqlite_autoincrement=True,
)
"""`place` is given when it is published: ids of transactions side by side are not committed in order."""

COUNTERS = Table(
    "counters",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)
CELLS = Table(
    "progress_cells",
    METADATA,
    Column("campaign", Text, nullable=False),
    Column("cell", Text, nullable=False),
    Column("value", LargeBinary, nullable=False),
    PrimaryKeyConstraint("campaign", "cell"),
)
DOCUMENTS = Table(
    "progress_documents",
    METADATA,
    Column("campaign", Text, primary_key=True),
    Column("document", LargeBinary, nullable=False),
    Column("words_events", Text, nullable=False),
    Column("demands_event", Text),
)
ENTRIES = Table(
    "progress_entries",
    METADATA,
    Column("campaign", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("event", Text, nullable=False, index=True),
    Column("entry", LargeBinary, nullable=False),
    PrimaryKeyConstraint("campaign", "number"),
)
UNPUBLISHED = Table(
    "progress_unpublished",
    METADATA,
    Column("id", BIG_ID, primary_key=True),
    Column("campaign", Text, nullable=False),
    Column("number", Integer, nullable=False),
    UniqueConstraint("campaign", "number"),
    sqlite_autoincrement=True,
)
DOCUMENT = 0
"""The `number` that stands for the document among the unpublished; entries count from 1."""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def in_ms(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)


def from_ms(value: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=value)
