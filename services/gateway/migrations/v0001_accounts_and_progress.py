"""The first schema of gateway: accounts, the copy of public progress, positions in the stream."""

import sqlalchemy as sa
from alembic import op

from services.kit.sql.columns import BIG_ID

revision = "0001"
down_revision = None


def upgrade() -> None:
    _accounts()
    _progress()
    _positions()


def _accounts() -> None:
    op.create_table(
        "sign_in_links",
        sa.Column("link", sa.String(), primary_key=True),
        sa.Column("token", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("browser", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
    )
    op.create_index("ix_sign_in_links_browser", "sign_in_links", ["browser"])
    op.create_index("links_of_person", "sign_in_links", ["person", "created_at"])
    op.create_table(
        "sessions",
        sa.Column("session", sa.LargeBinary(), primary_key=True),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
    )
    op.create_index("ix_sessions_person", "sessions", ["person"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])


def _progress() -> None:
    op.create_table(
        "campaigns",
        sa.Column("campaign", sa.String(), primary_key=True),
        sa.Column("size", BIG_ID, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("document", sa.LargeBinary()),
        sa.Column("words", sa.LargeBinary()),
        sa.Column("published", sa.String()),
        sa.Column("change", BIG_ID, nullable=False),
    )
    op.create_index("ix_campaigns_change", "campaigns", ["change"])
    op.create_index("campaigns_published", "campaigns", ["published", "campaign"])
    op.create_table(
        "entries",
        sa.Column("campaign", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "changes",
        sa.Column("name", sa.String(), primary_key=True),
        sa.Column("last", BIG_ID, nullable=False),
    )


def _positions() -> None:
    op.create_table(
        "consumer_positions",
        sa.Column("consumer", sa.String(), primary_key=True),
        sa.Column("topic", sa.String(), primary_key=True),
        sa.Column("partition", sa.Integer(), primary_key=True),
        sa.Column("source", sa.String(), primary_key=True),
        sa.Column("last_offset", sa.BigInteger(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "dead_letters",
        sa.Column("consumer", sa.String(), primary_key=True),
        sa.Column("topic", sa.String(), primary_key=True),
        sa.Column("partition", sa.Integer(), primary_key=True),
        sa.Column("offset", sa.BigInteger(), primary_key=True),
        sa.Column("partition_key", sa.String(), nullable=False, index=True),
        sa.Column("own_key", sa.String()),
        sa.Column("tombstone", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("announced", sa.Boolean(), nullable=False),
    )
