"""The read models follow the log: rebuilt from zero they are the same rows, and nobody's words are in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from services.campaign.application.store import Leaf
from services.campaign.domain.events import EVENTS
from services.campaign.readmodels import projector as following
from services.campaign.readmodels import tables
from services.campaign.readmodels.effects import EFFECTS
from services.campaign.readmodels.projector import Projector, clear
from services.campaign.wiring import MIGRATIONS
from services.contracts import commands_v1 as c
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.sql.engine import reading, sqlite_engine
from services.kit.sql.migrate import migrate
from tests.support.campaign_house import House
from tests.support.campaign_life import a_whole_life


def views_of(path: Path) -> Engine:
    engine = sqlite_engine(path)
    migrate(engine, MIGRATIONS / "views")
    return engine


def all_rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with reading(engine) as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns))]
            for table in tables.metadata.sorted_tables
        }


def test_every_event_type_has_its_effect() -> None:
    assert set(EFFECTS) == set(EVENTS)


def test_the_life_told_here_holds_every_kind_of_event(house: House) -> None:
    a_whole_life(house)
    leaves = house.service.folder.application.store.select_leaves(0, 1000)
    assert {leaf.type for leaf in leaves} == set(EVENTS)


def test_the_migration_makes_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    engine = views_of(tmp_path / "views.db")
    with reading(engine) as connection:
        context = MigrationContext.configure(connection)
        differences = [
            difference
            for difference in compare_metadata(context, tables.metadata)
            if "alembic_version" not in str(difference)
        ]
    engine.dispose()
    assert differences == []


@pytest.mark.parametrize("slice_size", [1, 7, 200])
def test_rebuilt_from_zero_the_rows_are_the_same(
    house: House, tmp_path: Path, slice_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_whole_life(house)
    grown = views_of(house.folder / "views.db")
    before = all_rows(grown)
    assert all(before[table] for table in before if table != "due")
    monkeypatch.setattr(following, "SLICE", slice_size)
    with grown.begin() as connection:
        clear(connection)
    rebuilder = Projector(grown, house.service.folder.application.store)
    while rebuilder.run_once():
        pass
    assert all_rows(grown) == before
    grown.dispose()


def test_no_name_address_or_word_of_anybody_is_in_the_rows(house: House) -> None:
    a_whole_life(house)
    engine = views_of(house.folder / "views.db")
    text = str(all_rows(engine))
    engine.dispose()
    for private in ("王强", "wang", "example.org", "小周", "8047", "QH2026", "退款", "青禾", "chat.txt"):
        assert private not in text


def test_a_reader_who_asks_sees_what_was_recorded_before(house: House) -> None:
    li = house.person("li.wei@example.org", "李薇")
    li.launches()
    projector = house.service.workers[0]
    assert isinstance(projector, Projector)
    li.does(c.PublishCampaign)
    assert projector.position < house.service.folder.application.store.head()
    assert li.asks("console")["state"] == "open"
    assert projector.position == house.service.folder.application.store.head()


def test_after_a_restart_it_goes_on_where_it_was(house: House) -> None:
    li = house.person("li.wei@example.org", "李薇")
    li.launches()
    li.asks("console")
    house.restart()
    li.publishes()
    assert li.asks("console")["state"] == "open"


class BrokenLog:
    def __init__(self, leaves: list[Leaf], head: int) -> None:
        self._leaves, self._head = leaves, head

    def head(self) -> int:
        return self._head

    def select_leaves(self, after: int, limit: int) -> list[Leaf]:
        return [leaf for leaf in self._leaves if leaf.position > after][:limit]


def test_a_hole_in_the_log_and_an_unknown_event_stop_it(house: House, tmp_path: Path) -> None:
    li = house.person("li.wei@example.org", "李薇")
    li.launches()
    li.publishes()
    first, second = house.service.folder.application.store.select_leaves(0, 2)
    engine = views_of(tmp_path / "views.db")
    with pytest.raises(PermanentFailure, match="log-has-a-hole"):
        Projector(engine, BrokenLog([second], 2)).run_once()
    strange = Leaf(1, first.campaign, 0, "campaign.renamed", first.state)
    with pytest.raises(PermanentFailure, match="event-type-unknown"):
        Projector(engine, BrokenLog([strange], 1)).run_once()
    with reading(engine) as connection:
        assert connection.scalar(select(tables.position.c.position)) is None
    engine.dispose()


def test_who_waits_too_long_for_the_views_is_told_to_come_back(house: House) -> None:
    li = house.person("li.wei@example.org", "李薇")
    li.launches()
    projector = house.service.workers[0]
    assert isinstance(projector, Projector)
    with projector._lock, pytest.raises(TemporaryFailure, match="views-behind"):
        projector.catch_up(patience=0.05)
