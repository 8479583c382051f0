#!/usr/bin/env bash
# Copies the four databases of a running installation: backup.sh TARGET KEYS_TARGET
#
# Server and user by psql's own variables (PGHOST, PGPORT, PGUSER, PGPASSFILE); the user may read all four databases.
# TARGET and KEYS_TARGET belong to different places: together they open every member's data.
# Order matters: whoever follows is copied before what it follows, and keys after the events that need them.
# CHORUS_EVIDENCE_COPY, if set, is a command that brings the copy of the bucket up to date, deletions included;
# it runs last. TARGET/erasures.jsonl lists all erasures so far: keep the newest one of all backups.
set -euo pipefail
umask 077

target="${1:?names the folder of the backup}"
keys="${2:?names the folder of the keys, in another place}"
for folder in "$target" "$keys"; do
  mkdir -p "$folder"
  [ -z "$(ls -A "$folder")" ] || { echo "$folder is not empty" >&2; exit 1; }
done

dump() { # DATABASE FOLDER
  pg_dump --format=custom --dbname="$1" --file="$2/$1.unfinished"
  sync "$2/$1.unfinished"
  mv "$2/$1.unfinished" "$2/$1.dump"
}

dump chorus_gateway "$target"
dump chorus_notifier "$target"
dump chorus_campaign "$target"
dump chorus_keys "$keys"
psql -X -q -A -t -v ON_ERROR_STOP=1 -d chorus_campaign >"$target/erasures.jsonl" <<'SQL'
SELECT convert_from(state, 'UTF8') FROM stored_events
 WHERE topic = 'membership.subject_erased' ORDER BY notification_id;
SQL
if [ -n "${CHORUS_EVIDENCE_COPY:-}" ]; then bash -c "$CHORUS_EVIDENCE_COPY"; fi
echo "$target: $(wc -l <"$target/erasures.jsonl") erasures; keys in $keys"
