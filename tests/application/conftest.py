"""What most tests of use cases and queries begin with: a campaign service, and an organizer who published."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.campaign_databases import BACKENDS
from tests.support.campaign_house import House, Person


@pytest.fixture(params=BACKENDS)
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    opened = House(tmp_path / "campaign", backend=request.param)
    yield opened
    opened.close()


@pytest.fixture
def li(house: House) -> Person:
    li = house.person("li.wei@example.org", "李薇")
    li.launches()
    li.publishes()
    return li
