"""How long work makes way for a crowd."""

from __future__ import annotations

from services.kit.stream.crowd import CROWDED_SECONDS, MOST_CROWDED_SECONDS, Crowd


def test_a_crowd_is_there_from_its_first_full_slice_until_a_moment_after_its_last() -> None:
    now = [100.0]
    crowd = Crowd(lambda: now[0])
    assert not crowd.is_there()
    crowd.came()
    assert crowd.is_there()
    now[0] += CROWDED_SECONDS
    assert not crowd.is_there()


def test_nobody_makes_way_for_ever_and_the_next_crowd_counts_anew() -> None:
    now = [100.0]
    crowd = Crowd(lambda: now[0])
    while now[0] < 100.0 + MOST_CROWDED_SECONDS:
        crowd.came()
        assert crowd.is_there()
        now[0] += 1.0
    crowd.came()
    assert not crowd.is_there()
    now[0] += CROWDED_SECONDS
    crowd.came()
    assert crowd.is_there()
