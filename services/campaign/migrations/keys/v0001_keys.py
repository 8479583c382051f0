"""The data keys on PostgreSQL, in a database of their own."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE SEQUENCE subject_key_ids;
CREATE TABLE subject_keys(
  key_id bigint PRIMARY KEY, epoch text NOT NULL, wrapped bytea NOT NULL, made_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE swept(single boolean PRIMARY KEY CHECK (single), up_to bigint NOT NULL);
INSERT INTO swept VALUES (true, 0)
"""


def upgrade() -> None:
    for statement in TABLES.split(";"):
        op.execute(statement)
