"""The read models follow the log: rebuilt from zero they are the same rows, and nobody's words are in them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from services.campaign.application.store import Leaf
from services.campaign.domain.events import EVENTS
from services.campaign.readmodels import projector as following
from services.campaign.readmodels import tables
from services.campaign.readmodels.effects import EFFECTS
from services.campaign.readmodels.projector import Projector, clear
from services.contracts import commands_v1 as c
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.sql.engine import reading
from tests.support.campaign_databases import BACKENDS, databases
from tests.support.campaign_house import House
from tests.support.campaign_life import a_whole_life
from tests.support.stores import in_parallel


@pytest.fixture(params=BACKENDS)
def views(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """Empty, beside a house that has its own."""
    with databases(request.param, tmp_path) as opened:
        yield opened.views


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


def test_the_migration_makes_the_tables_that_the_code_uses(views: Engine) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with reading(views) as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _of_the_views})
        assert compare_metadata(context, tables.metadata) == []


def _of_the_views(name: str | None, kind: str, _parents: Any) -> bool:
    return kind != "table" or name in tables.metadata.tables


@pytest.mark.parametrize("slice_size", [1, 7, 200])
def test_followed_in_slices_of_any_size_the_rows_are_the_same(
    house: House, views: Engine, slice_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_whole_life(house)
    grown = all_rows(house.service.databases.views)
    assert all(grown[table] for table in grown if table != "due")
    monkeypatch.setattr(following, "SLICE", slice_size)
    while Projector(views, house.service.folder.application.store).run_once():
        pass
    assert all_rows(views) == grown


def test_cleared_the_views_are_made_anew_and_nobody_trusts_what_he_remembers(house: House) -> None:
    a_whole_life(house)
    views = house.service.databases.views
    grown = all_rows(views)
    with views.begin() as connection:
        clear(connection)
    house.ask_publicly(
        "join-page", campaign=str(house.service.folder.application.store.select_leaves(0, 1)[0].campaign)
    )
    assert all_rows(views) == grown


def test_projectors_side_by_side_apply_each_event_once(
    house: House, views: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_whole_life(house)
    grown = all_rows(house.service.databases.views)
    monkeypatch.setattr(following, "SLICE", 3)
    store = house.service.folder.application.store
    outcomes = in_parallel([Projector(views, store, defers=n % 2 == 0).catch_up for n in range(6)])
    assert outcomes == [None] * 6
    assert all_rows(views) == grown


def test_a_reader_leaves_a_long_way_to_a_worker_that_comes_forward(
    house: House, views: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_whole_life(house)
    monkeypatch.setattr(following, "SLICE", 5)
    store = house.service.folder.application.store
    worker, reader = Projector(views, store), Projector(views, store, defers=True)
    monkeypatch.setattr(reader, "_slice", lambda _patience: pytest.fail("the reader followed by itself"))
    waiting = threading.Thread(target=reader.catch_up)
    waiting.start()
    while worker.run_once():
        time.sleep(0.02)
    waiting.join(5)
    assert not waiting.is_alive()
    assert reader.position == store.head()


def test_a_reader_helps_itself_where_no_worker_comes_forward(house: House, views: Engine) -> None:
    a_whole_life(house)
    store = house.service.folder.application.store
    reader = Projector(views, store, defers=True)
    reader.catch_up()
    assert reader.position == store.head()


def test_no_name_address_or_word_of_anybody_is_in_the_rows(house: House) -> None:
    a_whole_life(house)
    text = str(all_rows(house.service.databases.views))
    for private in ("王强", "wang", "example.org", "小周", "工号8047", "QH2026", "退款", "青禾", "chat.txt"):
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


def test_a_hole_in_the_log_and_an_unknown_event_stop_it(house: House, views: Engine) -> None:
    li = house.person("li.wei@example.org", "李薇")
    li.launches()
    li.publishes()
    first, second = house.service.folder.application.store.select_leaves(0, 2)
    with pytest.raises(PermanentFailure, match="log-has-a-hole"):
        Projector(views, BrokenLog([second], 2)).run_once()
    strange = Leaf(1, first.campaign, 0, "campaign.renamed", first.state)
    with pytest.raises(PermanentFailure, match="event-type-unknown"):
        Projector(views, BrokenLog([strange], 1)).run_once()
    assert Projector(views, BrokenLog([], 0)).position == 0


def test_who_waits_too_long_for_the_views_is_told_to_come_back(house: House) -> None:
    li = house.person("li.wei@example.org", "李薇")
    li.launches()
    projector = house.service.workers[0]
    assert isinstance(projector, Projector)
    with projector._lock, pytest.raises(TemporaryFailure, match="views-behind"):
        projector.catch_up(patience=0.05)
