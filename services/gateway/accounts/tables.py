"""Tables of accounts: links on their way, and sessions; secrets as hashes, addresses sealed."""

from sqlalchemy import Column, DateTime, Index, Integer, LargeBinary, MetaData, String, Table

METADATA = MetaData()

LINKS = Table(
    "sign_in_links",
    METADATA,
    Column("link", String, primary_key=True),
    Column("token", LargeBinary, nullable=False, unique=True),
    Column("code", LargeBinary, nullable=False),
    Column("browser", LargeBinary, nullable=False, index=True),
    Column("person", String, nullable=False),
    Column("address", LargeBinary, nullable=False),
    Column("locale", String, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("expires_at", DateTime, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("ended", Integer, nullable=False, default=0),
    Index("links_of_person", "person", "created_at"),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("session", LargeBinary, primary_key=True),
    Column("person", String, nullable=False, index=True),
    Column("address", LargeBinary, nullable=False),
    Column("locale", String, nullable=False),
    Column("created_at", DateTime, nullable=False),
    Column("seen_at", DateTime, nullable=False),
    Column("expires_at", DateTime, nullable=False, index=True),
)
