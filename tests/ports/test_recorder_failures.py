"""When the disk or a row fails: a temporary failure, told to those it concerns, and nothing left half done."""

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from services.campaign.application.store import Committed
from services.kit.failures import PermanentFailure, TemporaryFailure
from tests.support.stores import StoreUnderTest, in_parallel


@pytest.fixture
def under_test(tmp_path: Path) -> Iterator[StoreUnderTest]:
    store = StoreUnderTest("sqlite", tmp_path / "data")
    yield store
    store.close()


def failing(real: Callable[..., Any], statement: str, error: Exception) -> Callable[..., Any]:
    """The writer's statements, the first of this kind failing."""
    failed: list[str] = []

    def run(sql: str) -> Any:
        if sql.startswith(statement) and not failed:
            failed.append(sql)
            raise error
        return real(sql)

    return run


def test_a_commit_that_fails_stores_nothing_and_the_next_one_works(
    under_test: StoreUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = under_test.campaign().id
    free = len(under_test.folder.keys._pool)
    writer = under_test.store._writer
    monkeypatch.setattr(writer, "_all", failing(writer._all, "COMMIT", sqlite3.OperationalError("disk full")))
    with pytest.raises(TemporaryFailure, match="store-failed"):
        under_test.join(campaign, "zhao.min@example.org")
    assert under_test.store.head() == 2
    assert len(under_test.folder.keys._pool) == free
    committed, _ = under_test.join(campaign, "zhao.min@example.org")
    assert committed.positions == [3]


def test_everyone_in_a_failed_group_is_told(under_test: StoreUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = under_test.campaign().id
    writer = under_test.store._writer
    monkeypatch.setattr(writer, "_all", failing(writer._all, "COMMIT", sqlite3.OperationalError("disk full")))
    works = [partial(under_test.join, campaign, f"u{i}@example.org") for i in range(30)]
    outcomes = in_parallel(works)
    failed = [outcome for outcome in outcomes if isinstance(outcome, TemporaryFailure)]
    stored = [outcome for outcome in outcomes if isinstance(outcome, tuple)]
    assert failed
    assert len(failed) + len(stored) == 30
    assert under_test.store.size(campaign) == 2 + len(stored)


def test_a_checkpoint_that_fails_harms_no_answer(under_test: StoreUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = under_test.campaign().id
    writer = under_test.store._writer
    monkeypatch.setattr("services.campaign.adapters.sqlite_writer.CHECKPOINT_EVERY", 1)
    monkeypatch.setattr(writer, "_all", failing(writer._all, "PRAGMA", sqlite3.OperationalError("io")))
    for number in range(3):
        assert isinstance(under_test.join(campaign, f"u{number}@example.org")[0], Committed)


def test_a_job_that_fails_fails_alone(under_test: StoreUnderTest) -> None:
    def broken(run: Callable[..., int]) -> None:
        run("DELETE FROM stored_events", [()])
        raise ValueError("no")

    campaign = under_test.campaign().id
    with pytest.raises(PermanentFailure, match="store-refused"):
        under_test.store._do(broken)
    assert under_test.store.head() == 2
    under_test.join(campaign, "zhao.min@example.org")


def test_an_unreadable_store_is_a_temporary_failure(under_test: StoreUnderTest) -> None:
    with pytest.raises(TemporaryFailure, match="store-unreadable"):
        under_test.store.pool.rows("SELECT * FROM nowhere")
    assert under_test.store.head() == 0


def test_the_write_ahead_log_does_not_grow_for_ever(under_test: StoreUnderTest) -> None:
    campaign = under_test.campaign().id
    in_parallel([partial(_many, under_test, campaign, thread) for thread in range(8)])
    log = under_test.path / "events.db-wal"
    assert under_test.store.size(campaign) == 2 + 8 * 200
    assert log.stat().st_size < 12_000_000
    under_test.store.remove_content([])
    assert log.stat().st_size == 0


def _many(under_test: StoreUnderTest, campaign: Any, thread: int) -> None:
    for turn in range(200):
        under_test.join(campaign, f"u{thread}-{turn}@example.org")
