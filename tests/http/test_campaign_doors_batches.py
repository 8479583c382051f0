"""A batch of commands: what can be is begun before the first is waited for, and each answer is in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.campaign.http.batches import Batches
from services.contracts import commands_v1 as c
from services.contracts.codes import Refused
from services.contracts.wire import to_wire
from services.kit.failures import TemporaryFailure
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


def joining(campaign: str, n: int, **more: Any) -> dict[str, Any]:
    command = c.JoinCampaign(UUID(campaign), f"member-{n}@example.org", "赵敏", "zh-CN")
    return to_wire(replace(c.Request(command), **more))


class Noting:
    """Campaign as `Batches` sees it, that notes the order in which things happen."""

    def __init__(self) -> None:
        self.order: list[str] = []

    def begin(self, request: c.Request) -> Callable[[], dict[str, Any]] | None:
        assert isinstance(request.command, c.JoinCampaign)
        name = request.command.name
        if request.idempotency_key is not None:
            return None
        self.order.append(f"begin {name}")
        if name == "busy":
            raise TemporaryFailure("store-busy", retry_after=1.0)

        def answer() -> dict[str, Any]:
            self.order.append(f"wait {name}")
            if name == "refused":
                raise Refused("campaign-not-open", {"state": "closed"})
            return {"name": name}

        return answer

    def execute(self, request: c.Request, body: object = None) -> dict[str, Any]:
        return {"executed": True}


def test_all_are_begun_before_the_first_is_waited_for() -> None:
    names = ("one", "busy", "refused", "two")
    wires = [to_wire(c.Request(c.JoinCampaign(uuid4(), "m@example.org", name, "en"))) for name in names]
    wires.insert(1, joining(str(uuid4()), 9, idempotency_key="k"))
    campaign: Any = Noting()
    answers = Batches(campaign).execute([*wires, {"command": "DropTables"}])
    assert campaign.order == [*(f"begin {name}" for name in names), "wait one", "wait refused", "wait two"]
    assert answers == [
        {"answer": {"name": "one"}},
        {"answer": {"executed": True}},
        {"busy": {"code": "store-busy", "retry_after": 1.0}},
        {"refused": {"code": "campaign-not-open", "facts": {"state": "closed"}}},
        {"answer": {"name": "two"}},
        {"refused": {"code": "bad-json", "facts": {}}},
    ]


def test_a_batch_joins_each_person_once(house: House, li: Person) -> None:
    before = house.service.folder.application.store.size(UUID(li.campaign))
    wires = [joining(li.campaign, n) for n in (1, 2, 1, 3)]
    wires.append(joining(li.campaign, 3, idempotency_key="again"))
    assert Batches(house.service).execute(wires) == [{"answer": {}}] * 5
    assert house.service.folder.application.store.size(UUID(li.campaign)) == before + 3


def test_a_batch_that_comes_again_changes_nothing(house: House, li: Person) -> None:
    wires = [joining(li.campaign, n) for n in range(20)]
    batches = Batches(house.service)
    assert batches.execute(wires) == batches.execute(wires) == [{"answer": {}}] * 20
    joined = [
        leaf
        for leaf in house.service.folder.application.store.leaves(UUID(li.campaign), 0, 100)
        if leaf.type == "membership.joined"
    ]
    assert len(joined) == 20
