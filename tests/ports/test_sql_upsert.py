"""One statement of insert-or-update for both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Column, Engine, MetaData, String, Table, select

from services.kit.sql.engine import sqlite_engine
from services.kit.sql.upsert import insert, rows_put
from tests.support.postgres import database

TABLE = Table("seen", MetaData(), Column("key", String, primary_key=True), Column("times", BigInteger, nullable=False))
_NEW = insert(TABLE)
COUNT = _NEW.on_conflict_do_update(index_elements=["key"], set_={"times": TABLE.c.times + _NEW.excluded.times})


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = sqlite_engine(tmp_path / "one.db")
        TABLE.create(engine)
        yield engine
        engine.dispose()
    else:
        with database() as base:
            engine = base.engine()
            TABLE.create(engine)
            yield engine


def test_rows_that_are_there_are_changed_or_left_alone(engine: Engine) -> None:
    with engine.begin() as tx:
        tx.execute(COUNT, [{"key": "a", "times": 1}, {"key": "b", "times": 2}])
        tx.execute(COUNT, [{"key": "a", "times": 5}])
        assert rows_put(tx, insert(TABLE).values(key="b", times=9).on_conflict_do_nothing()) == 0
        assert rows_put(tx, insert(TABLE).values(key="c", times=9).on_conflict_do_nothing()) == 1
        assert {row.key: row.times for row in tx.execute(select(TABLE))} == {"a": 6, "b": 2, "c": 9}
