"""Tables of public progress: gateway's own copy of the topic `progress.v1`."""

from sqlalchemy import Column, Index, Integer, LargeBinary, MetaData, String, Table

from services.kit.sql.columns import BIG_ID

METADATA = MetaData()

CAMPAIGNS = Table(
    "campaigns",
    METADATA,
    Column("campaign", String, primary_key=True),
    Column("size", BIG_ID, nullable=False, default=0),
    Column("state", String, nullable=False, default="draft"),
    Column("problem", String, nullable=False, default=""),
    Column("title", String, nullable=False, default=""),
    Column("provider", String, nullable=False, default=""),
    Column("document", LargeBinary),
    Column("words", LargeBinary),
    Column("published", String),
    Column("change", BIG_ID, nullable=False, index=True),
    Index("campaigns_published", "published", "campaign"),
)
"""`title` and `provider` are case-folded, for searching; `published` is the time of the first public entry."""

ENTRIES = Table(
    "entries",
    METADATA,
    Column("campaign", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("entry", LargeBinary, nullable=False),
)

CHANGES = Table("changes", METADATA, Column("name", String, primary_key=True), Column("last", BIG_ID, nullable=False))
"""One counter for the whole copy: live streams ask what changed since. Whoever steps it holds its row until the commit,
so that a reader who has seen a change misses none before it, however many processes write."""
