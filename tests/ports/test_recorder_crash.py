"""One writing process: a killed one loses nothing it acknowledged, a second one waits and says who holds the folder."""

import signal
import time
from pathlib import Path
from uuid import UUID

import pytest

from services.campaign.application.store import Taken
from services.kit.folder_lock import FolderInUse, FolderLock
from tests.support.joining import GEVENT, acknowledged, joining, rest
from tests.support.stores import StoreUnderTest, in_parallel


def test_after_a_kill_everything_acknowledged_is_there(tmp_path: Path) -> None:
    process = joining(tmp_path / "data", turns=100_000)
    campaign, *known = acknowledged(process, 301)
    process.send_signal(signal.SIGKILL)
    known += rest(process)

    under_test = StoreUnderTest("sqlite", tmp_path / "data")
    leaves = under_test.store.select_leaves(0, 10**9)
    assert [leaf.position for leaf in leaves] == list(range(1, len(leaves) + 1))
    assert [leaf.log_index for leaf in leaves] == list(range(len(leaves)))
    opened = under_test.store.open_events([leaf.position for leaf in leaves if leaf.type == "membership.joined"])
    addresses = [values["email"] for values in opened.values()]
    assert len(addresses) == len(set(addresses))
    assert set(known) <= set(addresses)
    with pytest.raises(Taken):
        under_test.join(UUID(campaign), known[0])
    under_test.close()


def test_it_runs_the_same_under_gevent(tmp_path: Path) -> None:
    process = joining(tmp_path / "data", patch=GEVENT, turns=25)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert len(output.split()) == 201
    under_test = StoreUnderTest("sqlite", tmp_path / "data")
    assert under_test.store.head() == 202
    under_test.close()


def test_a_second_process_waits_and_then_says_who_holds_the_folder(tmp_path: Path) -> None:
    holder = joining(tmp_path / "data", turns=100_000)
    assert holder.stdout is not None
    holder.stdout.readline()
    started = time.monotonic()
    with pytest.raises(FolderInUse) as refused:
        FolderLock(tmp_path / "data").acquire(0.3)
    assert time.monotonic() - started >= 0.3
    assert refused.value.holder == str(holder.pid)
    assert str(holder.pid) in str(refused.value)
    holder.kill()
    FolderLock(tmp_path / "data").acquire(5)
    holder.communicate()


def test_one_process_cannot_open_a_folder_twice(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.acquire(0)
    with pytest.raises(FolderInUse):
        FolderLock(tmp_path).acquire(0)
    lock.release()
    lock.release()
    outcomes = in_parallel([lambda: FolderLock(tmp_path).acquire(0)] * 8)
    assert sum(outcome is None for outcome in outcomes) == 1
