"""Data keys: durable before use, never the same id twice, gone when destroyed."""

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from services.campaign.vault.keys import FIRST_FILL, KeyPool
from services.campaign.vault.sealing import DataKey
from services.campaign.vault.sqlite_keys import SqliteKeys
from services.kit.failures import PermanentFailure
from tests.support.stores import in_parallel

KEKS = {"2026-11": b"k" * 32}
NONE_IN_USE: Callable[[Sequence[int]], set[int]] = lambda _: set()  # noqa: E731


def pool(folder: Path, keks: dict[str, bytes] | None = None, epoch: str = "2026-11") -> KeyPool:
    return KeyPool(SqliteKeys(folder / "keys.db"), keks or KEKS, epoch)


def seals(key: DataKey) -> bytes:
    return key.cipher.encrypt(b"n" * 12, b"words", b"")


def wrapped(folder: Path, key_id: int) -> bytes:
    with sqlite3.connect(folder / "keys.db") as db:
        found: bytes = db.execute("SELECT wrapped FROM subject_keys WHERE key_id=?", (key_id,)).fetchone()[0]
    db.close()
    return found


def test_a_key_is_durable_before_it_is_used(tmp_path: Path) -> None:
    keys = pool(tmp_path)
    taken = keys.take()
    again = pool(tmp_path).get(taken.key_id)
    assert again is not None
    assert seals(again) == seals(taken)


def test_opening_makes_no_key_and_the_first_fill_is_small(tmp_path: Path) -> None:
    keys = pool(tmp_path)
    assert keys.living(range(1, 1000)) == []
    keys.take()
    assert len(keys.living(range(1, 1000))) == FIRST_FILL


def test_takers_at_once_get_different_keys(tmp_path: Path) -> None:
    keys = pool(tmp_path)
    outcomes = in_parallel([lambda: [keys.take().key_id for _ in range(100)]] * 8)
    ids = [key_id for outcome in outcomes if isinstance(outcome, list) for key_id in outcome]
    assert len(ids) == len(set(ids)) == 800


def test_what_is_given_back_serves_again(tmp_path: Path) -> None:
    keys = pool(tmp_path)
    given = keys.take()
    keys.give_back([given])
    assert given.key_id in {keys.take().key_id for _ in range(FIRST_FILL)}


def test_a_sweep_drops_what_no_one_has_and_ids_are_never_given_again(tmp_path: Path) -> None:
    keys = pool(tmp_path)
    used = [keys.take().key_id for _ in range(3)]
    keys.close()
    keys = pool(tmp_path)
    assert keys.sweep(set, max(used)) == 0 or keys.living(used) == used
    keys.close()
    keys = pool(tmp_path)
    fresh = keys.take().key_id
    assert fresh > FIRST_FILL
    keys.close()
    keys = pool(tmp_path)
    dropped = keys.sweep(lambda made: set(made) & {fresh}, fresh)
    assert dropped > 0
    assert keys.living([*used, fresh]) == [*used, fresh]
    assert keys.take().key_id > fresh + dropped


def test_a_database_restored_from_a_backup_does_not_repeat_ids(tmp_path: Path) -> None:
    keys = pool(tmp_path)
    keys.take()
    keys.close()
    backup = tmp_path / "backup.db"
    shutil.copy(tmp_path / "keys.db", backup)
    keys = pool(tmp_path)
    later = [keys.take().key_id for _ in range(100)]
    keys.close()
    shutil.copy(backup, tmp_path / "keys.db")
    keys = pool(tmp_path)
    keys.sweep(NONE_IN_USE, max(later))
    assert keys.take().key_id > max(later)


def test_a_destroyed_key_is_in_no_file(tmp_path: Path) -> None:
    keys = pool(tmp_path)
    gone, kept = keys.take().key_id, keys.take().key_id
    assert keys.get(gone) is not None
    bytes_gone, bytes_kept = wrapped(tmp_path, gone), wrapped(tmp_path, kept)
    keys.destroy([gone])
    keys.destroy([gone])
    assert keys.get(gone) is None
    assert keys.get(kept) is not None
    assert keys.living([gone, kept]) == [kept]
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert bytes_gone not in held
    assert bytes_kept in held


def test_keys_need_their_own_key_encryption_key(tmp_path: Path) -> None:
    keys = pool(tmp_path)
    first = keys.take().key_id
    keys.close()
    with pytest.raises(PermanentFailure, match="kek-wrong"):
        pool(tmp_path, {"2026-11": b"x" * 32})
    with pytest.raises(PermanentFailure, match="kek-missing"):
        pool(tmp_path, {"2026-12": b"k" * 32}, "2026-12")
    both = pool(tmp_path, {**KEKS, "2026-12": b"m" * 32}, "2026-12")
    assert both.get(first) is not None


def test_a_wrapped_key_moved_to_another_id_does_not_open(tmp_path: Path) -> None:
    keys = pool(tmp_path)
    first, second = keys.take().key_id, keys.take().key_id
    keys.close()
    moved = wrapped(tmp_path, first)
    with sqlite3.connect(tmp_path / "keys.db") as db:
        db.execute("UPDATE subject_keys SET wrapped=? WHERE key_id=?", (moved, second))
    db.close()
    keys = pool(tmp_path)
    assert keys.get(first) is not None
    with pytest.raises(PermanentFailure, match="kek-wrong"):
        keys.get(second)
