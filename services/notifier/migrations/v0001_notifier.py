"""The first schema: who wants mail, the outbox, and progress as published."""

from alembic import op

from services.kit.stream.tables import create
from services.notifier.adapters.tables import METADATA

revision = "0001"
down_revision = None


def upgrade() -> None:
    METADATA.create_all(op.get_bind())
    create(op.get_bind())
