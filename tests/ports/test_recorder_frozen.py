"""A database server that takes what it is sent and answers nothing: stopped as a debugger or a stuck disk stops it."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID

import pytest

from services.campaign.adapters.postgres_pool import BoundedConnection
from services.campaign.application.store import Taken
from services.kit.failures import TemporaryFailure
from tests.support.stores import StoreUnderTest


@pytest.fixture
def under_test(tmp_path: Path) -> Iterator[StoreUnderTest]:
    store = StoreUnderTest("postgres", tmp_path / "data")
    yield store
    store.close()


@contextmanager
def frozen(under_test: StoreUnderTest) -> Iterator[None]:
    """The server's process behind the writer's connection."""
    pid = under_test.store._writer._backend.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        with pytest.MonkeyPatch.context() as patience:
            patience.setattr(BoundedConnection, "longest_silence", 1.0)
            yield
    finally:
        _go_on(pid)


def _go_on(pid: int) -> None:
    """It may have ended since, when it was let go on before."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def joined(under_test: StoreUnderTest, campaign: UUID) -> int:
    leaves = under_test.store.select_leaves(0, 100)
    assert [leaf.position for leaf in leaves] == list(range(1, len(leaves) + 1))
    assert under_test.store.size(campaign) == len(leaves)
    return len(leaves) - 2


def test_who_joins_at_a_frozen_server_is_told_to_come_again(under_test: StoreUnderTest) -> None:
    """And what the server was sent it may still do when it goes on: then the same person is there already."""
    campaign = under_test.campaign().id
    under_test.store._writer._patience = 0.2
    with frozen(under_test), pytest.raises(TemporaryFailure, match="store-failed"):
        under_test.join(campaign, "zhao.min@example.org")
    under_test.store._writer._patience = 10
    with suppress(Taken):
        under_test.join(campaign, "zhao.min@example.org")
    assert joined(under_test, campaign) == 1


def test_what_became_of_it_is_found_out_when_the_server_goes_on_in_time(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    with frozen(under_test):
        gone_on = threading.Timer(2.0, _go_on, [under_test.store._writer._backend.pid])
        gone_on.start()
        under_test.join(campaign, "zhao.min@example.org")
        gone_on.join()
    under_test.join(campaign, "li.lei@example.org")
    assert joined(under_test, campaign) == 2
