"""Plans that a connection keeps: of tables that grew a column, of tables that were small when they were made."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.campaign.application.store import Answer
from tests.support.stores import START, AttachedBackend, StoreUnderTest


@pytest.fixture
def under_test(tmp_path: Path) -> Iterator[StoreUnderTest]:
    store = StoreUnderTest("postgres", tmp_path / "data")
    yield store
    store.close()


def test_a_table_that_grew_a_column_under_a_running_process_is_read_on(under_test: StoreUnderTest) -> None:
    """Statements are prepared after five uses, and what they give then may no longer change."""
    campaign, key = under_test.campaign().id, under_test.key("wang@example.org")
    _, subject = under_test.join(campaign, "wang@example.org")
    store, pool = under_test.store, under_test.store.pool

    def found() -> tuple[list[Any], list[Any], int]:
        return store.owners(key), store.held_by(subject), len(pool.row("SELECT * FROM unique_keys WHERE key=?", (key,)))

    before = [found() for _ in range(8)][-1]
    assert isinstance(under_test.backend, AttachedBackend)
    under_test.backend.rows("ALTER TABLE unique_keys ADD COLUMN added int")
    assert found() == (*before[:2], before[2] + 1)


@pytest.mark.parametrize("answered", [True, False])
def test_a_plan_that_was_made_when_tables_were_small_reads_few_rows_of_large_ones(
    under_test: StoreUnderTest, answered: bool
) -> None:
    """A connection keeps its plans until statistics are taken again. `answered`: by the call for everybody."""
    campaign = under_test.campaign().id
    under_test.backend.rows("VACUUM ANALYZE")
    under_test.restart()
    joins = 150
    for number in range(joins):
        answer = Answer("join", f"k{number}", b"d" * 32, b"body", START) if answered else None
        under_test.join(campaign, f"u{number}@example.org", answer=answer)
    under_test.restart()
    ((read,),) = under_test.backend.rows("SELECT sum(idx_tup_read) FROM pg_stat_user_indexes")
    ((scanned,),) = under_test.backend.rows("SELECT sum(seq_tup_read) FROM pg_stat_user_tables")
    assert read + scanned < 20 * joins
