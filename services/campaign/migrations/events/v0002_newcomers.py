"""A call of its own for those who join in crowds; the one for all else is planned alike on new and on full tables."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

CALLS = ("append_events_v2.sql", "append_newcomers_v1.sql")
"""Processes of before go on calling `append_events`: what it takes and answers is the same."""


def upgrade() -> None:
    for name in CALLS:
        op.execute(Path(__file__).with_name(name).read_text(encoding="utf-8").replace(":", r"\:"))
