"""Data keys, wherever they are kept: durable before use, never the same id twice, gone when destroyed."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from services.campaign.vault.keys import FIRST_FILL, Wrapped
from services.campaign.vault.sealing import DataKey
from services.kit.failures import PermanentFailure
from tests.support.key_places import KEKS, KeyPlace, PostgresPlace, SqlitePlace
from tests.support.postgres import database
from tests.support.stores import BACKENDS, KEYS_SCHEMA, in_parallel

NONE_IN_USE: Callable[[Sequence[int]], set[int]] = lambda _: set()  # noqa: E731


@pytest.fixture(params=BACKENDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[KeyPlace]:
    if request.param == "sqlite":
        with closing(SqlitePlace(tmp_path)) as place:
            yield place
        return
    with database(KEYS_SCHEMA) as made, closing(PostgresPlace(made)) as place:
        yield place


@pytest.fixture
def shared() -> Iterator[PostgresPlace]:
    with database(KEYS_SCHEMA) as made, closing(PostgresPlace(made)) as place:
        yield place


def seals(key: DataKey) -> bytes:
    return key.cipher.encrypt(b"n" * 12, b"words", b"")


def test_a_key_is_durable_before_it_is_used(place: KeyPlace) -> None:
    keys = place.pool()
    taken = keys.take()
    again = place.pool().get(taken.key_id)
    assert again is not None
    assert seals(again) == seals(taken)


def test_opening_makes_no_key_and_the_first_fill_is_small(place: KeyPlace) -> None:
    keys = place.pool()
    assert keys.living(range(1, 1000)) == []
    keys.take()
    assert len(keys.living(range(1, 1000))) == FIRST_FILL


def test_takers_at_once_get_different_keys(place: KeyPlace) -> None:
    keys = place.pool()
    outcomes = in_parallel([lambda: [keys.take().key_id for _ in range(100)]] * 8)
    ids = [key_id for outcome in outcomes if isinstance(outcome, list) for key_id in outcome]
    assert len(ids) == len(set(ids)) == 800


def test_what_is_given_back_serves_again(place: KeyPlace) -> None:
    keys = place.pool()
    given = keys.take()
    keys.give_back([given])
    assert given.key_id in {keys.take().key_id for _ in range(FIRST_FILL)}


def test_a_sweep_drops_what_no_one_has_and_ids_are_never_given_again(place: KeyPlace) -> None:
    keys = place.pool()
    used = [keys.take().key_id for _ in range(3)]
    keys.close()
    place.grow_old()
    keys = place.pool()
    assert keys.sweep(lambda made: set(made) & set(used), max(used)) == FIRST_FILL - 3
    assert keys.living(range(1, 1000)) == used
    fresh = keys.take().key_id
    assert fresh > FIRST_FILL
    keys.close()
    place.grow_old()
    keys = place.pool()
    dropped = keys.sweep(lambda made: set(made) & {fresh}, fresh)
    assert dropped > 0
    assert keys.living([*used, fresh]) == [*used, fresh]
    assert keys.take().key_id > fresh + dropped


def test_a_database_restored_from_a_backup_does_not_repeat_ids(place: KeyPlace) -> None:
    keys = place.pool()
    keys.take()
    keys.close()
    restore = place.backup()
    keys = place.pool()
    later = [keys.take().key_id for _ in range(100)]
    keys.close()
    restore()
    keys = place.pool()
    keys.sweep(NONE_IN_USE, max(later))
    assert keys.take().key_id > max(later)


def test_a_destroyed_key_is_gone(place: KeyPlace) -> None:
    keys = place.pool()
    gone, kept = keys.take().key_id, keys.take().key_id
    assert keys.get(gone) is not None
    keys.destroy([gone])
    keys.destroy([gone])
    assert keys.get(gone) is None
    assert keys.get(kept) is not None
    assert keys.living([gone, kept]) == [kept]


def test_many_keys_are_asked_for_at_once_and_only_what_is_not_known(
    place: KeyPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = place.pool()
    taken = {key.key_id: key for key in (first.take() for _ in range(5))}
    known, gone, *others = taken
    keys, asked = place.pool(), list[Sequence[int]]()
    find = keys._rows.find

    def counted(key_ids: Sequence[int]) -> Sequence[Wrapped]:
        asked.append(key_ids)
        return find(key_ids)

    monkeypatch.setattr(keys._rows, "find", counted)
    assert keys.get(known) is not None
    first.destroy([gone])
    found = keys.among([*others, gone, known, *others])
    assert {key_id: seals(key) for key_id, key in found.items()} == {
        key_id: seals(taken[key_id]) for key_id in (known, *others)
    }
    assert asked == [[known], [*others, gone]]
    assert keys.among([]) == {}
    assert keys.among(others).keys() == set(others)
    assert len(asked) == 2


def test_the_bytes_of_a_destroyed_key_are_in_no_file(tmp_path: Path) -> None:
    place = SqlitePlace(tmp_path)
    keys = place.pool()
    gone, kept = keys.take().key_id, keys.take().key_id
    bytes_gone, bytes_kept = place.wrapped(gone), place.wrapped(kept)
    keys.destroy([gone])
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert bytes_gone not in held
    assert bytes_kept in held


def test_keys_need_their_own_key_encryption_key(place: KeyPlace) -> None:
    keys = place.pool()
    first = keys.take().key_id
    keys.close()
    with pytest.raises(PermanentFailure, match="kek-wrong"):
        place.pool({"2026-11": b"x" * 32})
    with pytest.raises(PermanentFailure, match="kek-missing"):
        place.pool({"2026-12": b"k" * 32}, "2026-12")
    both = place.pool({**KEKS, "2026-12": b"m" * 32}, "2026-12")
    assert both.get(first) is not None


def test_a_wrapped_key_moved_to_another_id_does_not_open(place: KeyPlace) -> None:
    keys = place.pool()
    first, second = keys.take().key_id, keys.take().key_id
    keys.close()
    place.replace(second, place.wrapped(first))
    keys = place.pool()
    assert keys.get(first) is not None
    with pytest.raises(PermanentFailure, match="kek-wrong"):
        keys.get(second)


def test_a_key_destroyed_elsewhere_is_forgotten_in_time(shared: PostgresPlace) -> None:
    now = [1000.0]
    here = shared.pool()
    there = shared.pool(cached_seconds=30, elapsed=lambda: now[0])
    key = here.take().key_id
    assert there.get(key) is not None
    here.destroy([key])
    assert here.get(key) is None
    now[0] += 31
    assert there.get(key) is None
    assert not there._cache


def test_several_pools_take_different_keys(shared: PostgresPlace) -> None:
    pools = [shared.pool() for _ in range(3)]
    outcomes = in_parallel([lambda pool=pool: [pool.take().key_id for _ in range(200)] for pool in pools * 2])  # type: ignore[misc]
    ids = [key_id for outcome in outcomes if isinstance(outcome, list) for key_id in outcome]
    assert len(ids) == len(set(ids)) == 1200


def test_a_sweep_leaves_alone_what_another_process_may_hold(shared: PostgresPlace) -> None:
    now = [1000.0]
    other = shared.pool(pooled_seconds=3600, elapsed=lambda: now[0])
    held = other.take()
    starting = shared.pool()
    assert starting.sweep(NONE_IN_USE, held.key_id) == 0
    assert other.get(other.take().key_id) is not None

    now[0] += 3601
    shared.grow_old()
    assert starting.sweep(NONE_IN_USE, held.key_id) == FIRST_FILL
    fresh = other.take()
    assert other.get(fresh.key_id) is not None


def test_ids_raised_by_two_starts_at_once_only_rise(shared: PostgresPlace) -> None:
    pools = [shared.pool() for _ in range(4)]
    in_parallel([lambda pool=pool: pool.sweep(NONE_IN_USE, 500) for pool in pools])  # type: ignore[misc]
    assert min(pool.take().key_id for pool in pools) > 500


def test_keys_that_are_stored_out_of_order_are_not_taken_for_old(shared: PostgresPlace) -> None:
    """One process has its ids and has not committed, another commits higher ones; then a third sweeps, and reads twice
    if it reads badly."""
    late, has_ids, may_commit = shared.rows(), threading.Event(), threading.Event()
    late_add, swept_read = late.add, shared.rows()

    def add(count: int, wrap: Callable[[int], Wrapped]) -> None:
        def slowly(key_id: int) -> Wrapped:
            has_ids.set()
            assert may_commit.wait(20)
            return wrap(key_id)

        late_add(count, slowly)

    late.add = add  # type: ignore[method-assign]
    one, sweeping = shared.over(late), shared.over(swept_read)
    held: list[DataKey] = []
    taking = threading.Thread(target=lambda: held.append(one.take()))
    taking.start()
    assert has_ids.wait(20)
    shared.pool().take()
    reading = swept_read._rows

    def read(sql: str, *parameters: Any) -> Sequence[Any]:
        found = reading(sql, *parameters)
        may_commit.set()
        taking.join(20)
        return found

    swept_read._rows = read  # type: ignore[method-assign]
    assert sweeping.sweep(NONE_IN_USE, 0) == 0
    assert shared.pool().get(held[0].key_id) is not None
