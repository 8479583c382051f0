"""Very many members put into campaign's databases by the server itself: rows as joins leave them, in bounded time.

What is sealed is noise of the same length: here it only has to be there. Nobody may follow this log.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from services.distributed.parts.postgres import Postgres

TOGETHER: Final = 100_000
_EVENTS: Final = """
WITH place AS (
  SELECT campaign_no, size, (SELECT coalesce(max(notification_id), 0) FROM stored_events) AS head
    FROM campaigns WHERE campaign = '\\x{campaign}'),
made AS (
  SELECT n, uuid_send(gen_random_uuid()) AS stream FROM generate_series(1, {count}) AS n),
events AS (
  INSERT INTO stored_events(notification_id, originator_id, originator_version, campaign_no, log_index, topic, state)
  SELECT head + n, stream, 1, campaign_no, size + n - 1, 'membership.joined', decode(repeat('ab', 580), 'hex')
    FROM made, place),
seals AS (
  INSERT INTO sealed(notification_id, key_id, blob)
  SELECT head + n, {keys} + n, decode(repeat('cd', 330), 'hex') FROM made, place),
claims AS (
  INSERT INTO unique_keys(key, scope, kind, owner)
  SELECT sha256(stream), '\\x{campaign}', 1, stream FROM made)
UPDATE campaigns SET size = size + {count} WHERE campaign = '\\x{campaign}'"""
_KEYS: Final = """
INSERT INTO subject_keys(key_id, epoch, wrapped)
SELECT nextval('subject_key_ids'), '2026-01', decode(repeat('ef', 60), 'hex') FROM generate_series(1, {count})"""


def fill(server: Postgres, campaign: UUID, members: int, events: str, keys: str) -> None:
    """`events` and `keys` name the databases."""
    first = int(server.psql("SELECT last_value FROM subject_key_ids", keys))
    for start in range(0, members, TOGETHER):
        count = min(TOGETHER, members - start)
        server.psql(_KEYS.format(count=count), keys)
        server.psql(_EVENTS.format(count=count, campaign=campaign.hex, keys=first + start), events)
    for database in (events, keys):
        server.psql("VACUUM ANALYZE", database)
    server.psql("CHECKPOINT")
