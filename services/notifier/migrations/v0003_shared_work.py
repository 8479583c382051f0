"""Several processes share the outbox and the announcements: what is claimed is found quickly, announcements are
numbered when they are published, since on PostgreSQL their ids are not committed in order."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    claimed = sa.text("claimed_by IS NOT NULL")
    op.create_index("outbox_claimed", "outbox", ["claimed_by"], sqlite_where=claimed, postgresql_where=claimed)
    op.add_column("announcements", sa.Column("place", sa.BigInteger(), nullable=True))
    counters = op.create_table(
        "counters",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("last", sa.BigInteger(), nullable=False),
    )
    op.bulk_insert(counters, [{"name": "announcements", "last": _highest_id()}])


def _highest_id() -> int:
    """Until now the ids themselves were the numbers of what was published."""
    database = op.get_bind()
    if database.dialect.name == "sqlite":
        known = database.execute(sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'announcements'")).scalar()
    else:
        known = database.execute(sa.text("SELECT max(id) FROM announcements")).scalar()
    return int(known or 0)
