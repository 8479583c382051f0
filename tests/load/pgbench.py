"""PostgreSQL's own measure: pgbench, one prepared INSERT of a row as long as an event of a join, committed each."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from services.distributed.parts.postgres import Postgres
from services.distributed.parts.process import HOST, program

TABLE = """CREATE TABLE IF NOT EXISTS pgbench_events(
  notification_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, originator_id uuid NOT NULL,
  originator_version integer NOT NULL, topic text NOT NULL, state bytea NOT NULL,
  UNIQUE(originator_id, originator_version))"""
INSERT = """INSERT INTO pgbench_events(originator_id, originator_version, topic, state)
  VALUES (gen_random_uuid(), 1, 'membership.joined', decode(repeat('ab', 580), 'hex'));"""
DATABASE = "chorus_bench"
_RATE = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


def prepare(server: Postgres) -> None:
    if not server.psql(f"SELECT 1 FROM pg_database WHERE datname='{DATABASE}'"):
        server.psql(f"CREATE DATABASE {DATABASE}")
    server.psql(TABLE, DATABASE)


def inserts(server: Postgres, folder: Path, clients: int, seconds: int) -> float:
    """Rows a second that this many clients insert, each with a commit of its own."""
    script = folder / "insert.sql"
    script.write_text(INSERT)
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    command = [
        str(program("pgbench", *folders)), "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds),
        "-f", str(script), "-h", HOST, "-p", str(server.port), "-U", "postgres", DATABASE,
    ]  # fmt: skip
    secret = {**os.environ, "PGPASSWORD": server.superuser_password}
    told = subprocess.run(command, env=secret, capture_output=True, text=True, timeout=seconds + 60, check=True).stdout
    found = _RATE.search(told)
    assert found is not None, told
    return float(found[1])
