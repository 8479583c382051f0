"""What holds for all tests: time decides no test, and a failing example is found again; what takes longest comes first,
so that no process of a run has nothing left to do while another is in the midst of it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

settings.register_profile("chorus", deadline=None, print_blob=True)
settings.load_profile("chorus")

HERE: Final = Path(__file__).parent
LONGEST: Final = (
    "journeys/test_drill_short.py",
    "browser/test_pages_are_accessible.py",
    "compose/test_compose_commands.py",
    "journeys/test_distributed_survives.py",
    "journeys/test_scenario_plays.py",
    "journeys/test_operator_of_processes.py",
    "ports/test_stream_consumer.py",
    "application/test_notifier_delivery.py",
    "ports/test_stream_kafka_broker.py",
    "ports/test_doctor_of_processes.py",
    "journeys/test_kill_embedded.py",
    "journeys/test_campaign_processes.py",
    "journeys/test_operator_restores_databases.py",
    "ports/test_stream_crash.py",
    "browser/test_people_use_the_pages.py",
)
"""Files of tests, the longest first; each is run by one process, which starts what they share but once."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {HERE / name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
