"""The PostgreSQL of the tests: real, durable, fresh for each test, and with roles that see their own database alone."""

import os
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from services.distributed.parts.postgres import Postgres, running_postgres, start_postgres
from services.distributed.parts.process import PartFailed
from tests.support.postgres import database, own_server


def test_each_database_is_fresh_and_what_is_committed_is_on_the_disk() -> None:
    with database() as one, database() as other:
        with one.engine().begin() as tx:
            tx.execute(text("CREATE TABLE mine (id bigint)"))
            assert tx.scalar(text("SHOW fsync")) == "on"
            assert tx.scalar(text("SHOW lock_timeout")) == "5s"
        with other.engine().begin() as tx:
            assert tx.scalar(text("SELECT count(*) FROM pg_tables WHERE tablename = 'mine'")) == 0


@pytest.fixture
def passwords(tmp_path: Path) -> dict[str, Path]:
    files = {role: tmp_path / role for role in ("campaign", "notifier", "gateway")}
    for role, path in files.items():
        path.write_text(f"it's the \\ password $of {role}")
    return files


def test_a_role_reaches_its_own_databases_alone_and_a_second_run_changes_passwords(passwords: dict[str, Path]) -> None:
    with own_server() as server:
        server.provision(passwords)
        passwords["notifier"].write_text("changed")
        server.provision(passwords)
        reached = {
            (role, base)
            for role, path in passwords.items()
            for base in ("campaign", "keys", "notifier", "gateway")
            if _enters(server.url(f"chorus_{base}", f"chorus_{role}"), path.read_text())
        }
        assert reached == {(r, r) for r in passwords} | {("campaign", "keys")}


def test_passwords_stand_in_no_log_of_the_server(passwords: dict[str, Path]) -> None:
    """Neither where it logs every statement, nor where one fails."""
    with own_server() as server:
        _set(server, log_statement="all", log_min_duration_statement="0")
        server.provision(passwords)
        _set(server, default_transaction_read_only="on")
        with pytest.raises(PartFailed, match="read-only"):
            server.provision(passwords)
        log = (server.folder / "server.log").read_text()
        assert "CREATE DATABASE chorus_campaign" in log
        assert "read-only transaction" in log
        assert "password $of" not in log


def test_a_killed_server_recovers_and_a_running_one_is_found_by_its_folder(passwords: dict[str, Path]) -> None:
    with own_server() as server:
        server.provision(passwords)
        server.kill()
        again = start_postgres(server.folder)
        assert again.psql("SELECT count(*) FROM pg_database WHERE datname LIKE 'chorus%'") == "4"
        found = running_postgres(server.folder)
        assert found is not None
        assert (found.port, found.pid) == (again.port, again.pid)
        found.stop()
        again.stop()
        assert running_postgres(server.folder) is None


def test_a_number_left_by_a_killed_server_that_another_process_has_now_is_not_taken_for_it(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path / 'data'}\n0\n5432\n")
    assert running_postgres(tmp_path) is None


def test_missing_passwords_are_named(tmp_path: Path) -> None:
    with own_server() as server, pytest.raises(PartFailed, match="no password for chorus_campaign"):
        server.provision(dict.fromkeys(("campaign", "notifier", "gateway"), tmp_path / "none"))


def _set(server: Postgres, **settings: str) -> None:
    for name, value in settings.items():
        server.psql(f"ALTER SYSTEM SET {name} = '{value}'")
    server.psql("SELECT pg_reload_conf()")


def _enters(url: str, password: str) -> bool:
    try:
        psycopg.connect(url, password=password).close()
    except psycopg.OperationalError:
        return False
    return True
