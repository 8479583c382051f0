#!/usr/bin/env bash
# Makes Chorus's three roles and four databases on a PostgreSQL server, or brings them up to what is written here.
#
# Safe to run again: it changes passwords to those in the files and deletes nothing.
# The server and the superuser are named by psql's own variables (PGHOST, PGPORT, PGUSER, PGPASSWORD); inside the
# official container image nothing is to be named. Each role's password is read from the file named by
#   CHORUS_CAMPAIGN_DATABASE_PASSWORD_FILE  CHORUS_NOTIFIER_DATABASE_PASSWORD_FILE  CHORUS_GATEWAY_DATABASE_PASSWORD_FILE
set -euo pipefail

export PGUSER="${PGUSER:-${POSTGRES_USER:-postgres}}"
export PGDATABASE=postgres

run_sql() { psql -X -q -v ON_ERROR_STOP=1 "$@" >/dev/null; }

role() { # NAME PASSWORD-FILE
  [ -s "$2" ] || { echo "no password for $1: $2 is missing or empty" >&2; exit 1; }
  # psql itself reads the file, so that the password is in no list of processes; the server writes none of it down,
  # whatever it logs and counts otherwise
  PASSWORD_FILE="$2" run_sql -v role="$1" <<'SQL'
SET log_statement TO none;
SET log_min_error_statement TO panic;
SET log_min_duration_statement TO -1;
SET log_min_duration_sample TO -1;
SET log_transaction_sample_rate TO 0;
SET pg_stat_statements.track_utility TO off;
\set password `cat "$PASSWORD_FILE"`
SELECT format('CREATE ROLE %I LOGIN', :'role') WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
ALTER ROLE :"role" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
SQL
}

database() { # NAME OWNER
  run_sql -v database="$1" -v owner="$2" <<'SQL'
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C''',
              :'database', :'owner')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
ALTER DATABASE :"database" OWNER TO :"owner";
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
SQL
}

role chorus_campaign "${CHORUS_CAMPAIGN_DATABASE_PASSWORD_FILE:?names the file with the password of campaign}"
role chorus_notifier "${CHORUS_NOTIFIER_DATABASE_PASSWORD_FILE:?names the file with the password of notifier}"
role chorus_gateway "${CHORUS_GATEWAY_DATABASE_PASSWORD_FILE:?names the file with the password of gateway}"

database chorus_campaign chorus_campaign
database chorus_keys chorus_campaign # the keys of personal data: a database of its own, backed up apart
database chorus_notifier chorus_notifier
database chorus_gateway chorus_gateway
