"""SQLite engines whose writers take turns, and migrations that only go forward."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.sql.engine import reading, sqlite_engine
from services.kit.sql.migrate import migrate


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = sqlite_engine(tmp_path / "data" / "read.db", secure_delete=True)
    with engine.begin() as tx:
        tx.execute(text("CREATE TABLE counts (name TEXT PRIMARY KEY, n INT NOT NULL)"))
        tx.execute(text("INSERT INTO counts VALUES ('a', 0)"))
    yield engine
    engine.dispose()


def count(engine: Engine) -> int:
    with reading(engine) as tx:
        return int(tx.execute(text("SELECT n FROM counts")).scalar_one())


def test_the_engine_is_durable_and_strict(engine: Engine) -> None:
    with engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "trusted_schema")
        }
    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
        "trusted_schema": 0,
    }


def test_read_modify_write_of_many_threads_loses_nothing(engine: Engine) -> None:
    def work() -> None:
        for _ in range(25):
            with engine.begin() as tx:
                n = tx.execute(text("SELECT n FROM counts")).scalar_one()
                tx.execute(text("UPDATE counts SET n = :n"), {"n": n + 1})

    threads = [threading.Thread(target=work) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(engine) == 500


def test_a_failed_transaction_gives_its_turn_back(engine: Engine) -> None:
    for _ in range(3):
        with pytest.raises(RuntimeError), engine.begin() as tx:
            tx.execute(text("UPDATE counts SET n = 99"))
            raise RuntimeError
    with engine.connect() as left_open:
        left_open.execute(text("UPDATE counts SET n = 98"))
    with engine.begin() as tx:
        tx.execute(text("UPDATE counts SET n = n + 1"))
    assert count(engine) == 1


def test_readers_do_not_wait_for_a_writer_and_see_one_snapshot(engine: Engine) -> None:
    with engine.begin() as tx:
        tx.execute(text("UPDATE counts SET n = 5"))
        assert count(engine) == 0
    with reading(engine) as snapshot:
        assert snapshot.execute(text("SELECT n FROM counts")).scalar_one() == 5
        with engine.begin() as tx:
            tx.execute(text("UPDATE counts SET n = 6"))
        assert snapshot.execute(text("SELECT n FROM counts")).scalar_one() == 5


def test_whoever_waits_too_long_fails_for_now(tmp_path: Path) -> None:
    first, second = (sqlite_engine(tmp_path / "x.db", busy_seconds=0.05) for _ in range(2))
    with first.begin(), pytest.raises(TemporaryFailure), first.begin():
        pass
    with first.begin(), pytest.raises(TemporaryFailure), second.begin():
        pass
    with second.begin(), pytest.raises(TemporaryFailure), first.begin():
        pass
    with first.begin():
        pass
    first.dispose()
    second.dispose()


def test_savepoints_undo_one_part(engine: Engine) -> None:
    with engine.begin() as tx:
        tx.execute(text("UPDATE counts SET n = 1"))
        with pytest.raises(RuntimeError), tx.begin_nested():
            tx.execute(text("UPDATE counts SET n = 2"))
            raise RuntimeError
    assert count(engine) == 1


def test_under_gevent_a_writer_that_pauses_does_not_stop_the_world(tmp_path: Path) -> None:
    script = f"""
        from gevent import monkey
        monkey.patch_all()
        import threading, time, warnings
        from pathlib import Path
        from sqlalchemy import text
        from services.kit.sql.engine import sqlite_engine
        engine = sqlite_engine(Path({str(tmp_path / "g.db")!r}), busy_seconds=3)
        with engine.begin() as tx:
            tx.execute(text("CREATE TABLE t (n INT)"))
        def work():
            with engine.begin() as tx:
                time.sleep(0.02)
                tx.execute(text("INSERT INTO t VALUES (1)"))
        started = time.monotonic()
        threads = [threading.Thread(target=work) for _ in range(20)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        with engine.connect() as c:
            assert c.execute(text("SELECT count(*) FROM t")).scalar() == 20
        assert time.monotonic() - started < 2
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=60)


def revision(folder: Path, name: str, before: str | None, body: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(
        f'"""x."""\nfrom alembic import op\nimport sqlalchemy as sa\n\nrevision = "{name}"\n'
        f"down_revision = {before!r}\n\n\ndef upgrade() -> None:\n    {body}\n"
    )


def test_migrations_run_forward_once(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "versions"
    revision(folder, "r0001", None, 'op.create_table("mails", sa.Column("id", sa.Integer, primary_key=True))')
    assert migrate(engine, folder) == "r0001"
    assert migrate(engine, folder) == "r0001"
    revision(folder, "r0002", "r0001", 'op.execute("INSERT INTO mails VALUES (7)")')
    assert migrate(engine, folder) == "r0002"
    assert migrate(engine, folder) == "r0002"
    with reading(engine) as tx:
        assert tx.execute(text("SELECT id FROM mails")).scalars().all() == [7]


def test_a_migration_that_fails_leaves_nothing_behind(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "versions"
    revision(folder, "r0001", None, 'op.execute("CREATE TABLE half (n INT)"); raise RuntimeError("no")')
    with pytest.raises(RuntimeError):
        migrate(engine, folder)
    with reading(engine) as tx:
        names = tx.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
    assert names == ["counts"]


def test_a_schema_of_tomorrow_and_a_fork_are_refused(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "versions"
    revision(folder, "r0001", None, 'op.execute("CREATE TABLE one (n INT)")')
    migrate(engine, folder)
    with engine.begin() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = 'r0099'"))
    with pytest.raises(PermanentFailure, match="schema-newer-than-code"):
        migrate(engine, folder)
    revision(folder, "r0002a", "r0001", "pass")
    revision(folder, "r0002b", "r0001", "pass")
    with pytest.raises(PermanentFailure, match="migrations-fork"):
        migrate(engine, folder)


def test_looking_at_an_up_to_date_schema_does_not_load_alembic(tmp_path: Path) -> None:
    folder = tmp_path / "versions"
    revision(folder, "r0001", None, 'op.execute("CREATE TABLE one (n INT)")')
    engine = sqlite_engine(tmp_path / "m.db")
    migrate(engine, folder)
    engine.dispose()
    script = f"""
        import sys
        from pathlib import Path
        from services.kit.sql.engine import sqlite_engine
        from services.kit.sql.migrate import migrate
        migrate(sqlite_engine(Path({str(tmp_path / "m.db")!r})), Path({str(folder)!r}))
        assert "alembic" not in sys.modules
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=60)
