"""The event store on PostgreSQL: its tables, and the one call that writes to them."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

TABLES = """
CREATE TABLE stored_events(
  notification_id bigint PRIMARY KEY, originator_id bytea NOT NULL, originator_version bigint NOT NULL,
  campaign_no bigint NOT NULL, log_index bigint NOT NULL, topic text NOT NULL, state bytea NOT NULL, correlation text,
  UNIQUE(originator_id, originator_version), UNIQUE(campaign_no, log_index));
CREATE TABLE campaigns(
  campaign_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, campaign bytea NOT NULL UNIQUE, size bigint NOT NULL,
  state text NOT NULL) WITH (fillfactor = 50);
CREATE TABLE unique_keys(
  key bytea NOT NULL, scope bytea NOT NULL, kind integer NOT NULL, owner bytea NOT NULL,
  PRIMARY KEY(key, scope, kind));
CREATE TABLE sealed(notification_id bigint PRIMARY KEY, key_id bigint NOT NULL, blob bytea NOT NULL);
CREATE INDEX sealed_under ON sealed(key_id);
CREATE TABLE content(notification_id bigint PRIMARY KEY, event_id bytea NOT NULL UNIQUE, disclosures text NOT NULL);
CREATE TABLE erasures(
  subject bytea PRIMARY KEY, campaign bytea NOT NULL, key_ids text NOT NULL, highest_key bigint NOT NULL,
  done integer NOT NULL);
CREATE TABLE handover(
  row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id bytea NOT NULL UNIQUE, created_at bigint NOT NULL,
  kind text NOT NULL, campaign bytea NOT NULL, subject bytea, key_id bigint NOT NULL, body bytea NOT NULL);
CREATE TABLE idempotency(
  row bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, scope text NOT NULL, key text NOT NULL, digest bytea NOT NULL,
  answer bytea NOT NULL, created_at bigint NOT NULL, UNIQUE(scope, key))
"""
"""Identifiers are 16 bytes, times microseconds, as in the SQLite store: both are read by the same statements."""


def upgrade() -> None:
    for statement in TABLES.split(";"):
        op.execute(statement)
    op.execute(Path(__file__).with_name("append_events_v1.sql").read_text(encoding="utf-8").replace(":", r"\:"))
