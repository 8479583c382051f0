"""Deleted words do not stay in PostgreSQL's pages until the server finds them worth its while."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event

from services.campaign.adapters.postgres_removed import clear_removed
from services.kit.failures import TemporaryFailure
from tests.support.postgres import Database, database
from tests.support.stores import EVENTS_SCHEMA

KEPT, GONE = "which stays", "which somebody took away"


@pytest.fixture
def db() -> Iterator[Database]:
    with database(EVENTS_SCHEMA) as db:
        db.server.psql("CREATE EXTENSION pageinspect", db.name)
        yield db


def rows_in_pages(db: Database) -> int:
    """Of `content`, the deleted ones included."""
    sought = "SELECT count(t_data) FROM heap_page_items(get_raw_page('content', 0))"
    return int(db.server.psql(sought, db.name))


def test_a_row_that_was_deleted_leaves_its_page(db: Database) -> None:
    engine = db.engine()
    with engine.begin() as tx:
        for number, words in enumerate((KEPT, GONE)):
            tx.exec_driver_sql("INSERT INTO content VALUES (%s, %s, %s)", (number, bytes([number]) * 16, words))
    with engine.begin() as tx:
        tx.exec_driver_sql("DELETE FROM content WHERE disclosures = %s", (GONE,))
        tx.exec_driver_sql("SELECT pg_stat_force_next_flush()")
    assert rows_in_pages(db) == 2
    assert clear_removed(engine) == 1
    assert rows_in_pages(db) == 1
    assert clear_removed(engine) == 0, "nothing is left to do"


def test_a_database_that_is_away_is_a_matter_of_time(db: Database) -> None:
    engine = db.engine()
    db.server.psql(f"ALTER DATABASE {db.name} WITH ALLOW_CONNECTIONS false")
    with pytest.raises(TemporaryFailure):
        clear_removed(engine)


def test_a_table_that_cannot_be_cleared_now_holds_up_no_other(db: Database) -> None:
    engine = db.engine()
    with engine.begin() as tx:
        tx.exec_driver_sql("INSERT INTO content VALUES (1, %s, %s)", (bytes(16), GONE))
        tx.exec_driver_sql("INSERT INTO sealed VALUES (1, 1, %s)", (b"sealed",))
    with engine.begin() as tx:
        tx.exec_driver_sql("DELETE FROM content")
        tx.exec_driver_sql("DELETE FROM sealed")
        tx.exec_driver_sql("SELECT pg_stat_force_next_flush()")
    tried: list[str] = []

    def refuse(_db: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("VACUUM"):
            tried.append(statement.rpartition(".")[2])
        if statement.endswith(".content"):
            raise TemporaryFailure("database-busy")

    event.listen(engine, "before_cursor_execute", refuse)
    with pytest.raises(TemporaryFailure):
        clear_removed(engine)
    assert tried == ["content", "sealed"]
