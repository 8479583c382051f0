"""Clock, ids and failures: the smallest parts of the kit."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest

from services.kit.clock import SettableClock, SystemClock
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.ids import hash_token, new_id, random_token

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_system_clock_tells_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_a_settable_clock_stands_still_and_moves_forward_only() -> None:
    clock = SettableClock(NOON)
    assert clock.now() is clock.now()
    clock.set(NOON + timedelta(hours=1))
    with pytest.raises(ValueError, match="does not go back"):
        clock.set(NOON)
    clock.set(NOON, force=True)
    assert clock.now() == NOON


def test_a_settable_clock_keeps_utc_and_refuses_naive_time() -> None:
    clock = SettableClock(datetime(2026, 3, 1, 20, tzinfo=timezone(timedelta(hours=8))))
    assert clock.now() == NOON
    assert clock.now().utcoffset() == timedelta(0)
    with pytest.raises(ValueError, match="time zone"):
        clock.set(datetime(2026, 3, 2))


def test_ids_and_tokens_are_random_and_tokens_are_stored_hashed() -> None:
    assert new_id() != new_id()
    assert new_id().version == 4
    token = random_token()
    assert len(token) == 43
    assert token != random_token()
    assert hash_token(token) == hashlib.sha256(token.encode()).digest()
    assert len(hash_token("\ud800")) == 32


def test_failures_carry_a_code() -> None:
    assert TemporaryFailure("busy", retry_after=2).retry_after == 2
    assert PermanentFailure("refused").code == "refused"
