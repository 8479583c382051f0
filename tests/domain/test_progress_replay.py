"""The same leaves give the same numbers, wherever the reducer stopped and whatever kept its cells."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.contracts.progress_v1 import OutOfOrder, Progress
from tests.support.history import whole_campaign

LEAVES = whole_campaign().objects()


def grown(leaves: list[dict[str, Any]]) -> Progress:
    progress = Progress({})
    for index, leaf in enumerate(leaves):
        progress.apply(index, leaf)
    return progress


@given(some.lists(some.integers(0, len(LEAVES)), max_size=5))
def test_a_restart_anywhere_changes_nothing(stops: list[int]) -> None:
    cells: dict[str, Any] = {}
    progress = Progress(cells)
    for index, leaf in enumerate(LEAVES):
        if index in stops:
            cells = json.loads(json.dumps(cells))
            progress = Progress(cells)
        progress.apply(index, leaf)
    assert json.dumps(progress.document()) == json.dumps(grown(LEAVES).document())


@given(some.integers(0, len(LEAVES)))
def test_every_prefix_replays_to_the_document_of_that_moment(size: int) -> None:
    progress, documents = Progress({}), [Progress({}).document()]
    for index, leaf in enumerate(LEAVES):
        progress.apply(index, leaf)
        documents.append(json.loads(json.dumps(progress.document())))
    assert grown(LEAVES[:size]).document() == documents[size]


def test_a_leaf_taken_twice_has_no_effect_and_a_missing_one_is_told() -> None:
    progress = grown(LEAVES[:10])
    before = json.dumps(progress.document())
    assert progress.apply(4, LEAVES[4]) is None
    assert json.dumps(progress.document()) == before
    with pytest.raises(OutOfOrder):
        progress.apply(11, LEAVES[11])


def test_an_entry_tells_where_it_stands_and_what_the_numbers_were() -> None:
    progress = Progress({})
    entries = [progress.entry(leaf) for index, leaf in enumerate(LEAVES) if progress.apply(index, leaf)]
    assert [entry["number"] for entry in entries] == list(range(1, len(entries) + 1))
    update = entries[1]
    assert (update["kind"], update["index"], update["event"]) == (
        "campaign.update_published", 16, LEAVES[16]["id"],
    )  # fmt: skip
    assert update["numbers"] == {
        "members_confirmed": 3, "claims": 3, "claimed": {"CNY": "1608.70"}, "step": None,
    }  # fmt: skip
    assert update["text"] == {}


def test_all_keys_stand_in_order_and_no_number_is_a_float() -> None:
    def check(value: Any) -> None:
        assert not isinstance(value, float)
        if isinstance(value, dict):
            for item in value.values():
                check(item)
        elif isinstance(value, list):
            for item in value:
                check(item)

    document = grown(LEAVES).document()
    assert list(document) == sorted(document)
    check(document)


def test_an_unknown_event_type_is_counted_and_changes_nothing_else() -> None:
    progress = grown(LEAVES)
    before = progress.document()
    progress.apply(len(LEAVES), {**LEAVES[-1], "type": "campaign.celebrated"})
    assert {**progress.document(), "size": 0} == {**before, "size": 0}


def test_a_zone_that_this_machine_does_not_know_counts_as_utc() -> None:
    leaves = json.loads(json.dumps(LEAVES[:5]))
    for zone in ("Nowhere/Land", "../../etc/passwd", "America"):
        leaves[0]["data"]["timezone"] = zone
        assert grown(leaves).document()["growth"] == [{"day": "2026-03-02", "members": 1}]


def test_the_moment_told_does_not_go_back_where_a_members_time_is_cut_to_the_hour() -> None:
    progress, (first, second) = Progress({}), LEAVES[:2]
    progress.apply(0, {**first, "time": "2026-03-02T01:20:17Z"})
    progress.apply(1, {**second, "time": "2026-03-02T01:00:00Z"})
    assert progress.document()["time"] == "2026-03-02T01:20:17Z"
