"""Each mail remembers the request that it follows from, for the log line of its sending."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("correlation", sa.Text(), nullable=True))
