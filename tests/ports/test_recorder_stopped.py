"""A reading that the server does not answer, and a server that is stopped, hold up nobody for ever."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from services.campaign.adapters.postgres_pool import Address, PostgresPool
from services.kit.failures import TemporaryFailure
from tests.support.postgres import PASSWORD, database

SECONDS = 0.5


@pytest.fixture
def pool() -> Iterator[PostgresPool]:
    with database() as db:
        pool = PostgresPool(Address(db.url, PASSWORD, "test"), answer_seconds=SECONDS)
        yield pool
        pool.close()


def test_a_reading_that_takes_too_long_is_ended_by_the_server(pool: PostgresPool) -> None:
    with pytest.raises(TemporaryFailure, match="store-unreadable"):
        pool.rows("SELECT pg_sleep(60)")
    assert pool.rows("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%%'") == [(0,)]


def test_where_the_server_is_stopped_another_connection_is_asked(pool: PostgresPool) -> None:
    ((stopped,),) = pool.rows("SELECT pg_backend_pid()")
    os.kill(stopped, signal.SIGSTOP)
    try:
        ((other,),) = pool.rows("SELECT pg_backend_pid()")
    finally:
        os.kill(stopped, signal.SIGCONT)
    assert other != stopped
