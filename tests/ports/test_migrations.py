"""Schemas that grow: every step from the first, on both databases, with data of the first step still there."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, MetaData, Table, inspect, text

from services.gateway.accounts import tables as accounts
from services.gateway.readmodels import tables as copy
from services.gateway.wiring import MIGRATIONS as GATEWAY
from services.kit.failures import PermanentFailure
from services.kit.sql.engine import sqlite_engine
from services.kit.sql.migrate import check, migrate, prepare
from services.kit.stream import tables as stream
from services.notifier.adapters import tables as notifier
from services.notifier.wiring import MIGRATIONS as NOTIFIER
from tests.support.postgres import database

SERVICES: dict[str, tuple[Path, tuple[MetaData, ...]]] = {
    "notifier": (NOTIFIER, (notifier.METADATA, stream.METADATA)),
    "gateway": (GATEWAY, (accounts.METADATA, copy.METADATA, stream.METADATA)),
}
FIRST_ROWS: dict[str, dict[str, Any]] = {
    "outbox": {"event": "e", "recipient": "r", "kind": "welcome", "priority": 1, "state": "due", "due_at": 5,
               "attempts": 0},
    "announcements": {"type": "mail.sent", "campaign": "c", "at": 5, "data": "{}"},
    "campaigns": {"campaign": "c", "size": 1, "state": "open", "problem": "p", "title": "t", "provider": "v",
                  "change": 1},
}  # fmt: skip


@contextmanager
def an_engine(kind: str, folder: Path) -> Iterator[Engine]:
    if kind == "postgres":
        with database() as base:
            yield base.engine()
        return
    engine = sqlite_engine(folder / "grown.db")
    yield engine
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    with an_engine(request.param, tmp_path) as engine:
        yield engine


def first_steps(folder: Path, count: int, to: Path) -> Path:
    to.mkdir(exist_ok=True)
    for path in sorted(folder.glob("v*.py"))[:count]:
        shutil.copy(path, to)
    return to


@pytest.mark.parametrize("service", SERVICES)
def test_data_of_the_first_revision_goes_through_every_step(engine: Engine, service: str, tmp_path: Path) -> None:
    folder, _ = SERVICES[service]
    migrate(engine, first_steps(folder, 1, tmp_path / "steps"))
    table = "outbox" if service == "notifier" else "campaigns"
    told = [table, "announcements"] if service == "notifier" else [table]
    for name in told:
        table_then = Table(name, MetaData(), autoload_with=engine)
        with engine.begin() as tx:
            tx.execute(table_then.insert(), FIRST_ROWS[name])
    for count in range(2, len(list(folder.glob("v*.py"))) + 1):
        migrate(engine, first_steps(folder, count, tmp_path / "steps"))
    check(engine, folder)
    with engine.connect() as connection:
        for name in told:
            assert connection.execute(text(f"SELECT count(*) FROM {name}")).scalar() == 1
        if service == "notifier":
            last = text("SELECT last FROM counters WHERE name = 'announcements'")
            assert connection.execute(last).scalar() == 1


@pytest.mark.parametrize("service", SERVICES)
def test_what_the_steps_make_is_what_the_code_expects(engine: Engine, service: str) -> None:
    folder, expected = SERVICES[service]
    migrate(engine, folder)
    found = inspect(engine)
    for metadata in expected:
        for table in metadata.tables.values():
            columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
            assert columns == {column.name: bool(column.nullable) for column in table.columns}, table.name
            indexes = {tuple(index["column_names"]) for index in found.get_indexes(table.name)}
            assert {tuple(column.name for column in index.columns) for index in table.indexes} <= indexes, table.name


def test_numbers_that_count_for_ever_have_64_bits(tmp_path: Path) -> None:
    with an_engine("postgres", tmp_path) as engine:
        migrate(engine, NOTIFIER)
        types = {(name, column["name"]): str(column["type"]) for name in ("outbox", "announcements", "campaign_words")
                 for column in inspect(engine).get_columns(name)}  # fmt: skip
    narrow = {place for place, type in types.items() if type == "INTEGER"}
    assert narrow == {("outbox", "priority"), ("outbox", "attempts")}


def test_of_two_that_migrate_at_once_one_does_it_and_both_succeed(tmp_path: Path) -> None:
    with database() as base:
        outcomes: list[str] = []
        gate = threading.Barrier(3)

        def run() -> None:
            gate.wait()
            outcomes.append(migrate(base.engine(), NOTIFIER))

        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcomes) == 3
        assert len(set(outcomes)) == 1
        check(base.engine(), NOTIFIER)


def test_a_process_does_not_work_on_a_schema_that_is_not_its_own(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(PermanentFailure, match="schema-missing"):
        check(engine, NOTIFIER)
    migrate(engine, first_steps(NOTIFIER, 1, tmp_path / "steps"))
    with pytest.raises(PermanentFailure, match="schema-older-than-code"):
        check(engine, NOTIFIER)
    migrate(engine, NOTIFIER)
    check(engine, NOTIFIER)
    with pytest.raises(PermanentFailure, match="schema-newer-than-code"):
        check(engine, tmp_path / "steps")


def test_at_its_start_a_process_changes_only_a_database_of_its_own(tmp_path: Path) -> None:
    with an_engine("sqlite", tmp_path) as own:
        prepare(own, GATEWAY)
        check(own, GATEWAY)
    with an_engine("postgres", tmp_path) as shared:
        with pytest.raises(PermanentFailure, match="schema-missing"):
            prepare(shared, GATEWAY)
        assert inspect(shared).get_table_names() == []
