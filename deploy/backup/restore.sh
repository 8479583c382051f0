#!/usr/bin/env bash
# Puts a backup back: restore.sh SOURCE KEYS_SOURCE
#
# All of Chorus's processes are stopped. The databases are there and empty (deploy/postgres/init.sh); what is not empty
# is refused. Server and user by psql's own variables; the user is a superuser.
# What comes next, before the processes start, stands in docs/operations.md: erase again, make the topics anew.
set -euo pipefail

source="${1:?names the folder of the backup}"
keys="${2:?names the folder of the keys}"

query() { psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$1" -c "$2"; }

for database in chorus_gateway chorus_notifier chorus_campaign chorus_keys; do
  tables="SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
  [ "$(query "$database" "$tables")" = 0 ] || { echo "$database is not empty" >&2; exit 1; }
done
for dump in "$source"/chorus_{gateway,notifier,campaign}.dump "$keys/chorus_keys.dump"; do
  database="$(basename "$dump" .dump)"
  pg_restore --exit-on-error --single-transaction --dbname="$database" "$dump"
  echo "$database is back"
done
# Consumers read their topics from the beginning: what they know by its number in the log has no second effect.
for database in chorus_gateway chorus_notifier; do
  query "$database" "UPDATE consumer_positions SET last_offset = -1"
done
