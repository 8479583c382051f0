"""LISTEN as a hint: heard at once, and again after the connection was cut."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from services.kit.sql.wakes import Wakes
from tests.support.postgres import Database, database

CHANNEL = "something_committed"


@pytest.fixture
def db() -> Iterator[Database]:
    with database() as fresh:
        yield fresh


@pytest.fixture
def woken(db: Database) -> Iterator[threading.Event]:
    """Set at each wake; whoever waits clears it."""
    event = threading.Event()
    wakes = Wakes(db.url, db.password, CHANNEL, application="ear")
    wakes.listen(event.set)
    assert event.wait(5), "who begins to listen is woken once, since it may have missed something"
    event.clear()
    yield event
    started = time.monotonic()
    wakes.close()
    assert time.monotonic() - started < 3


def notify(db: Database, channel: str = CHANNEL) -> None:
    with db.engine().begin() as connection:
        connection.execute(text("SELECT pg_notify(:channel, '1')"), {"channel": channel})


def test_a_commit_of_another_connection_is_heard_at_once(db: Database, woken: threading.Event) -> None:
    notify(db, "something_else")
    assert not woken.wait(0.1)
    for _ in range(3):
        started = time.monotonic()
        notify(db)
        assert woken.wait(1)
        assert time.monotonic() - started < 0.5
        woken.clear()


def test_after_its_connection_was_cut_it_listens_again_and_says_so(db: Database, woken: threading.Event) -> None:
    db.server.psql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{db.name}'")
    assert woken.wait(5)
    woken.clear()
    notify(db)
    assert woken.wait(1)
