"""PostgreSQL engines: one snapshot for readers, failures that pass, locks by name, greenlets that overlap."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, exc, text

from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.settings import Secret
from services.kit.sql.engine import database_engine, reading, temporary_when_busy
from services.kit.sql.locks import lock_in, try_lock_in
from services.kit.sql.postgres import RESTED_SECONDS, is_postgres, postgres_engine
from tests.support.postgres import Database, database


@pytest.fixture
def base() -> Iterator[Database]:
    with database() as base:
        with base.engine().begin() as tx:
            tx.execute(text("CREATE TABLE counts (name TEXT PRIMARY KEY, n INT NOT NULL)"))
            tx.execute(text("INSERT INTO counts VALUES ('a', 0), ('b', 0)"))
        yield base


@pytest.fixture
def engine(base: Database) -> Engine:
    return base.engine()


def test_the_address_chooses_the_database(base: Database, tmp_path: Path) -> None:
    engine = database_engine(base.url, base.password, tmp_path / "x.db", application="a")
    assert is_postgres(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT current_setting('application_name')")).scalar() == "a"
    engine.dispose()
    other = database_engine(None, None, tmp_path / "x.db", application="a")
    assert not is_postgres(other)
    other.dispose()
    for bad in ("mysql://x@y/z", "postgresql://me:word@host/base", "postgresql://host", "nonsense"):
        with pytest.raises(PermanentFailure, match="bad-database-url"):
            postgres_engine(bad, None, application="a")


def test_readers_see_one_snapshot_and_write_nothing(engine: Engine) -> None:
    with reading(engine) as snapshot:
        assert snapshot.execute(text("SELECT n FROM counts WHERE name = 'a'")).scalar() == 0
        with engine.begin() as tx:
            tx.execute(text("UPDATE counts SET n = 5"))
        assert snapshot.execute(text("SELECT n FROM counts WHERE name = 'a'")).scalar() == 0
        with pytest.raises(exc.InternalError):
            snapshot.execute(text("UPDATE counts SET n = 6"))
    with engine.begin() as tx:
        tx.execute(text("UPDATE counts SET n = n + 1"))


def test_a_password_shows_nowhere(base: Database) -> None:
    engine = postgres_engine(base.url, Secret("wrong-word"), application="a")
    with pytest.raises(TemporaryFailure) as failure, temporary_when_busy(), engine.begin():
        pass
    assert "wrong-word" not in f"{failure.value!r} {failure.value.__cause__!r} {engine!r}"
    engine.dispose()


def test_who_is_cut_off_in_the_middle_may_try_again(base: Database) -> None:
    engine = base.engine("victim")
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'victim'"
    with pytest.raises(TemporaryFailure), temporary_when_busy(), engine.begin() as tx:
        tx.execute(text("UPDATE counts SET n = 9"))
        base.server.psql(cut)
        tx.execute(text("UPDATE counts SET n = 10"))
    with temporary_when_busy(), engine.begin() as tx:
        assert tx.execute(text("SELECT max(n) FROM counts")).scalar() == 0
    base.server.psql(cut)
    time.sleep(RESTED_SECONDS)
    with temporary_when_busy(), engine.begin() as tx:
        assert tx.execute(text("SELECT max(n) FROM counts")).scalar() == 0


def test_a_table_that_grew_a_column_under_a_running_process_is_read_at_the_next_try(
    base: Database, engine: Engine
) -> None:
    """Statements are prepared after five uses, and what they give then may no longer change."""

    def names() -> list[str]:
        with temporary_when_busy(), engine.begin() as tx:
            return list(tx.exec_driver_sql("SELECT * FROM counts").keys())

    for _ in range(8):
        assert names() == ["name", "n"]
    with base.engine("migrate").begin() as tx:
        tx.execute(text("ALTER TABLE counts ADD COLUMN added int"))
    with pytest.raises(TemporaryFailure):
        names()
    assert names() == ["name", "n", "added"]


def test_what_the_server_does_not_know_stays_a_mistake(engine: Engine) -> None:
    with pytest.raises(exc.NotSupportedError), temporary_when_busy(), engine.begin() as tx:
        tx.execute(text("SELECT n FROM counts GROUP BY name, n FOR UPDATE"))


def test_a_deadlock_and_a_row_held_too_long_pass_and_a_mistake_stays(base: Database) -> None:
    engine = postgres_engine(base.url, base.password, application="a", lock_seconds=0.3)
    outcomes: list[str] = []
    gate = threading.Barrier(2)

    def locks(first: str, second: str) -> None:
        try:
            with temporary_when_busy(), base.engine().begin() as tx:
                tx.execute(text("UPDATE counts SET n = n + 1 WHERE name = :n"), {"n": first})
                gate.wait()
                tx.execute(text("UPDATE counts SET n = n + 1 WHERE name = :n"), {"n": second})
            outcomes.append("done")
        except TemporaryFailure:
            outcomes.append("later")

    threads = [threading.Thread(target=locks, args=names) for names in ("ab", "ba")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done", "later"]
    with engine.begin() as holder:
        holder.execute(text("UPDATE counts SET n = 0"))
        with pytest.raises(TemporaryFailure), temporary_when_busy(), engine.begin() as tx:
            tx.execute(text("UPDATE counts SET n = 1"))
    with pytest.raises(exc.ProgrammingError), temporary_when_busy(), engine.begin() as tx:
        tx.execute(text("SELECT * FROM nowhere"))
    with pytest.raises(exc.IntegrityError), temporary_when_busy(), engine.begin() as tx:
        tx.execute(text("INSERT INTO counts VALUES ('a', 1)"))
    engine.dispose()


def test_the_server_gives_a_silent_line_up_too(engine: Engine) -> None:
    """Else the locks of a machine that vanished would stay for hours."""
    with engine.connect() as connection:
        told = [
            connection.execute(text(f"SHOW tcp_keepalives_{name}")).scalar() for name in ("idle", "interval", "count")
        ]
    assert told == ["5", "2", "3"]


def test_locks_by_name_hold_until_the_end_of_the_transaction(engine: Engine) -> None:
    with engine.begin() as first:
        lock_in(first, "person 1")
        with engine.begin() as second:
            assert not try_lock_in(second, "person 1")
            assert try_lock_in(second, "person 2")
    with engine.begin() as third:
        assert try_lock_in(third, "person 1")


GREENLETS = """
    from gevent import monkey
    monkey.patch_all()
    import sys, threading, time
    from sqlalchemy import text
    from services.kit.settings import Secret
    from services.kit.sql.engine import reading
    from services.kit.sql.postgres import postgres_engine
    engine = postgres_engine(sys.argv[1], Secret(sys.argv[2]), application="g", pool_size=25, max_overflow=25)
    ticks, over, found = [], threading.Event(), []
    def tick():
        while not over.is_set():
            ticks.append(1)
            time.sleep(0.01)
    def ask(number):
        with engine.begin() as tx:
            tx.execute(text("SELECT pg_sleep(0.5)"))
        with reading(engine) as tx:
            found.append(tx.execute(text("SELECT :n * 2"), {"n": number}).scalar())
    beat = threading.Thread(target=tick)
    beat.start()
    started = time.monotonic()
    asking = [threading.Thread(target=ask, args=(n,)) for n in range(50)]
    [one.start() for one in asking]
    [one.join() for one in asking]
    took = time.monotonic() - started
    over.set()
    assert sorted(found) == [2 * n for n in range(50)], found
    assert took < 12.5, took
    assert len(ticks) > 20, len(ticks)
    engine.dispose()
"""


def test_fifty_greenlets_wait_side_by_side(base: Database) -> None:
    """One after another they would need 25 seconds; meanwhile others go on."""
    command = [sys.executable, "-c", textwrap.dedent(GREENLETS), base.url, str(base.password)]
    started = time.monotonic()
    subprocess.run(command, check=True, timeout=60)
    assert time.monotonic() - started < 25
