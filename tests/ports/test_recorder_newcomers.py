"""The call for newcomers and the call for everybody: of the same groups both make the same, down to the stored rows."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.campaign.adapters import shared_store
from services.campaign.adapters.items import Item
from services.campaign.adapters.postgres_newcomers import CALL_NEWCOMERS, Newcomers
from services.campaign.application.store import Answer, Commit, HandOver, Taken, UniqueKey, decided
from services.campaign.domain.base import Recorded
from services.campaign.domain.campaign import Campaign
from services.campaign.vault.encoder import encode
from services.campaign.vault.secrets import load_or_create
from services.kit.sql.migrate import migrate
from tests.support.postgres import Schema, database
from tests.support.stores import KEYS_SCHEMA, START, AttachedBackend, StoreUnderTest

_TABLES = ("stored_events", "sealed", "unique_keys", "campaigns", "content", "handover", "idempotency", "erasures")
ROWS = "SELECT " + ", ".join(
    f"(SELECT array_agg((to_jsonb(t) - 'row')::text ORDER BY t) FROM {name} AS t)" for name in _TABLES
)
"""All rows in their order; the numbers of some, which only make an order, may have holes."""
Request = tuple[Sequence[Recorded], dict[str, Any]]


class Twins:
    """Two stores that are given the same groups; the second has no call for newcomers."""

    def __init__(self, folder: Path) -> None:
        self.first = StoreUnderTest("postgres", folder / "first")
        self.second = StoreUnderTest("postgres", folder / "second")
        self.calls: list[str] = []
        writer = self.first.store._writer
        real = writer._called

        def called(call: str, parameters: Sequence[Any]) -> Any:
            self.calls.append(call)
            return real(call, parameters)

        writer._called = called

    def close(self) -> None:
        self.first.close()
        self.second.close()

    def campaign(self, *, published: bool = True) -> Campaign:
        campaign = self.first.drafted()
        if published:
            campaign.publish(self.first.act("organizer", uuid4()), "青禾钱包重复扣款")
        self.write([(decided(campaign), {})])
        return campaign

    def joining(self, campaign: UUID, address: str, *, mail: bool = True, **more: Any) -> Request:
        member, claim = self.first.joining(campaign, address)
        note = HandOver(uuid4(), START, "already-joined", campaign, b"{}") if mail else None
        return decided(member), {"claims": [claim], "need_open": campaign, "on_taken": note, **more}

    def write(self, requests: Sequence[Request]) -> list[Any]:
        """One group, written to both; what became of each request, which is the same in both."""
        items = [self._item(Commit(events, **request)) for events, request in requests]
        copies = [_copy(item) for item in items]
        self.calls.clear()
        self.first.store._writer.write(items)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Newcomers, "of", lambda _items, _waves: None)
            self.second.store._writer.write(copies)
        assert [_outcome(item) for item in items] == [_outcome(copy) for copy in copies]
        assert self.first.backend.rows(ROWS) == self.second.backend.rows(ROWS)
        return [_outcome(item) for item in items]

    @property
    def only_newcomers(self) -> bool:
        return self.calls == [CALL_NEWCOMERS]

    def _item(self, commit: Commit) -> Item:
        item: Item = self.first.store._sealer.prepare([encode(event) for event in commit.events], commit)
        self.first.store._writer.prepare(item)
        return item


def _copy(item: Item) -> Item:
    copy = Item(item.leaves, item.request)
    copy.seals, copy.relies_on, copy.hand_overs = item.seals, item.relies_on, item.hand_overs
    copy.if_taken = item.if_taken
    return copy


def _outcome(item: Item) -> tuple[Any, ...]:
    if item.error is None:
        return tuple(item.result.positions), tuple(item.result.log_indexes)
    return type(item.error).__name__, getattr(item.error, "facts", None)


@pytest.fixture
def twins(tmp_path: Path) -> Iterator[Twins]:
    pair = Twins(tmp_path)
    yield pair
    pair.close()


def test_a_crowd_is_one_call_that_says_who_was_there_already(twins: Twins) -> None:
    campaign = twins.campaign().id
    assert twins.write([twins.joining(campaign, f"u{i}@example.org") for i in range(5)])[4] == ((7,), (6,))
    assert twins.only_newcomers
    again = twins.write([twins.joining(campaign, f"u{i}@example.org", correlation="abc") for i in (9, 1, 8, 4)])
    assert [outcome[0] for outcome in again] == [(8,), "Taken", (9,), "Taken"]
    assert twins.only_newcomers
    assert len(twins.first.store.hand_overs(10)) == 2
    nobody_new = twins.write([twins.joining(campaign, f"u{i}@example.org") for i in (1, 2)])
    assert [outcome[0] for outcome in nobody_new] == ["Taken", "Taken"]
    assert twins.only_newcomers
    twins.write([twins.joining(campaign, f"u{i}@example.org", mail=False) for i in (1, 10)])
    assert twins.only_newcomers
    assert twins.write([twins.joining(campaign, "u11@example.org")])[0] == ((11,), (10,))


def test_what_the_call_for_newcomers_does_not_decide_is_decided_by_the_other(twins: Twins) -> None:
    """Nothing of the first call is left: the rows are compared after each group."""
    campaign, draft = twins.campaign().id, twins.campaign(published=False).id
    for nowhere in (draft, uuid4()):
        (outcome,) = twins.write([twins.joining(nowhere, "u@example.org")])
        assert outcome[0] == "CampaignNotOpen"
    first = twins.joining(campaign, "u@example.org")
    twins.write([first])
    outcomes = twins.write([twins.joining(campaign, "v@example.org"), first])
    assert outcomes[1][0] == "StaleVersion"
    assert len(twins.calls) == 2
    claim = first[1]["claims"][0]
    taken = UniqueKey(campaign, claim.kind, twins.first.key("v@example.org"), claim.owner)
    twins.write([twins.joining(campaign, "v@example.org")])
    stale_and_taken = (first[0], {**first[1], "claims": [taken]})
    assert twins.write([stale_and_taken, twins.joining(campaign, "w@example.org")])[0][0] == "StaleVersion"
    assert len(twins.calls) == 2


def _differing(twins: Twins, campaign: UUID) -> dict[str, Callable[[], Request]]:
    def of_two() -> Request:
        events, request = twins.joining(campaign, "two@example.org")
        return [*events, *twins.joining(campaign, "three@example.org")[0]], request

    key = twins.first.joining(campaign, "key@example.org")[1]
    return {
        "two events": of_two,
        "an answer": lambda: twins.joining(
            campaign, "a@example.org", answer=Answer("join", "k", b"d" * 32, b"body", START)
        ),
        "a mail at once": lambda: twins.joining(
            campaign, "b@example.org", hand_overs=[HandOver(uuid4(), START, "hello", campaign, b"{}")]
        ),
        "a release": lambda: twins.joining(campaign, "c@example.org", releases=[key]),
        "no campaign open": lambda: twins.joining(campaign, "d@example.org", need_open=None),
        "no key": lambda: twins.joining(campaign, "e@example.org", claims=[]),
        "two keys": lambda: twins.joining(campaign, "f@example.org", claims=[key, *_further(twins, campaign)]),
        "a key of another": lambda: twins.joining(campaign, "g@example.org", claims=[key]),
        "a key elsewhere": lambda: twins.joining(
            campaign, "h@example.org", claims=[replace(key, scope=uuid4())]
        ),
        "another campaign": lambda: twins.joining(twins.campaign().id, "i@example.org"),
        "no mail": lambda: twins.joining(campaign, "j@example.org", mail=False),
        "the owner named": lambda: twins.joining(
            campaign, "l@example.org",
            on_taken=HandOver(uuid4(), START, "already-joined", campaign, b"{}", subject=uuid4()),
        ),
        "another kind of mail": lambda: twins.joining(
            campaign, "m@example.org", on_taken=HandOver(uuid4(), START, "hello", campaign, b"{}")
        ),
        "the same key twice": lambda: twins.joining(campaign, "crowd@example.org"),
    }  # fmt: skip


def _further(twins: Twins, campaign: UUID) -> list[UniqueKey]:
    return [twins.first.joining(campaign, "further@example.org")[1]]


def test_one_item_that_does_anything_else_takes_its_group_to_the_call_for_everybody(twins: Twins) -> None:
    campaign = twins.campaign().id
    for name, differing in _differing(twins, campaign).items():
        request = differing()
        twins.write([twins.joining(campaign, "crowd@example.org"), request])
        assert CALL_NEWCOMERS not in twins.calls, name


@pytest.mark.parametrize("seed", range(2))
def test_whatever_comes_both_make_the_same(twins: Twins, seed: int) -> None:
    chance = random.Random(seed)
    campaigns = [twins.campaign().id, twins.campaign().id, twins.campaign(published=False).id]
    seen: list[Request] = []
    newcomers = 0
    for _ in range(30):
        campaign, mail = chance.choices(campaigns, (8, 2, 1))[0], chance.random() < 0.8
        group = [
            chance.choice(seen)
            if seen and chance.random() < 0.03
            else twins.joining(campaign, f"u{chance.randrange(60)}@example.org", mail=mail)
            for _ in range(chance.randrange(1, 9))
        ]
        twins.write(group)
        newcomers += twins.only_newcomers
        seen += group
    assert newcomers > 8


def test_a_process_of_before_goes_on_beside_those_that_know_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is simulated by its way of calling; the schema and the rows are those of the first revision."""
    first = tmp_path / "migrations"
    first.mkdir()
    for name in ("v0001_events.py", "append_events_v1.sql"):
        shutil.copy(shared_store.EVENTS / name, first)
    with database(Schema(first, shared_store.EVENTS_VERSION), KEYS_SCHEMA) as found:
        load_or_create(tmp_path / "secrets", "2026-11")
        backend = AttachedBackend(found.url, tmp_path / "secrets")
        with monkeypatch.context() as before:
            before.setattr(shared_store, "check", lambda *_: None)
            old = StoreUnderTest(backend, tmp_path / "old")
        campaign = old.campaign().id
        with monkeypatch.context() as before:
            before.setattr(Newcomers, "of", lambda _items, _waves: None)
            old.join(campaign, "wang@example.org")
        assert migrate(found.engine(), shared_store.EVENTS, shared_store.EVENTS_VERSION) == "0002"
        new = StoreUnderTest(backend, tmp_path / "new")
        assert new.join(campaign, "zhao.min@example.org")[0].positions == [4]
        with monkeypatch.context() as before:
            before.setattr(Newcomers, "of", lambda _items, _waves: None)
            assert old.join(campaign, "li.lei@example.org")[0].positions == [5]
            with pytest.raises(Taken):
                old.join(campaign, "zhao.min@example.org")
        assert new.store.open_event(3)["email"] == "wang@example.org"
        old.folder.close()
        new.folder.close()
