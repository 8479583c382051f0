"""What campaign answers to the public, to members, to staff and to the other services, on the real store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.contracts import commands_v1 as c
from services.contracts.codes import Refused
from tests.support.campaign_house import House, Person


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = House(tmp_path / "campaign")
    yield opened
    opened.close()


@pytest.fixture
def li(house: House) -> Person:
    li = house.person("li.wei@example.org", "李薇")
    li.launches()
    li.publishes()
    return li


@pytest.fixture
def wang(house: House, li: Person) -> Person:
    return house.person("wang.qiang@example.org", "王强").enters(li.campaign)


def refusal(person: Person, query: str, **args: object) -> str:
    with pytest.raises(Refused) as refused:
        person.asks(query, **args)
    return refused.value.code


def test_the_join_page_shows_the_words_the_demands_and_nothing_of_people(house: House, li: Person) -> None:
    page = house.ask_publicly("join-page", campaign=li.campaign)
    assert page["title"] == "青禾钱包重复扣款"
    assert page["provider"] == {"name": "青禾钱包", "kind": "payment-institution"}
    assert page["demands"] == [{"kind": "refund", "text": "全额退还"}, {"kind": "fix", "text": "说明原因"}]
    assert (page["state"], page["demand_version"]) == ("open", 1)
    assert "李薇" not in str(page)


def test_a_new_member_is_pending_then_confirmed_and_sees_the_own_record(house: House, li: Person) -> None:
    wang = house.person("wang.qiang@example.org", "王强")
    wang.joins(li.campaign)
    assert wang.asks("my-record")["state"] == "pending"
    answer = wang.confirms()
    assert answer["first"] is True
    record = wang.asks("my-record")
    assert (record["state"], record["name"], record["email"]) == ("confirmed", "王强", "wang.qiang@example.org")
    assert (record["demand_version"], record["current_demand_version"]) == (1, 1)
    assert record["claim"] is None
