"""Campaign in several processes at once: whatever one of them does, people find it done once and everywhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count, cycle
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.contracts import commands_v1 as c
from services.contracts.codes import Refused
from services.kit.failures import TemporaryFailure
from tests.support.campaign_house import Person
from tests.support.campaign_processes import Installation, Running, installation, until
from tests.support.stores import in_parallel

_number = count(1)


@pytest.fixture(scope="module")
def chorus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("campaign")) as found:
        yield found


@pytest.fixture(scope="module")
def doors(chorus: Installation) -> tuple[Running, Running]:
    """Two that answer; a worker follows."""
    one, other, _ = chorus.start("web", "web", "worker")
    return one, other


@pytest.fixture
def li(doors: tuple[Running, Running]) -> Person:
    li = doors[0].person(f"li.wei.{next(_number)}@example.org", "李薇")
    li.launches()
    li.publishes()
    return li


def at(door: Running, person: Person) -> Person:
    """The same person at another door."""
    return replace(person, house=door)


def member(door: Running, campaign: str) -> Person:
    return door.person(f"member.{next(_number)}@example.org", "王强").enters(campaign)


def outcomes(works: Sequence[Callable[[], Any]]) -> list[str]:
    """`done`, or the code of the refusal, of each; all at once."""
    return [found.code if isinstance(found, Refused) else _done(found) for found in in_parallel(works)]


def _done(found: object) -> str:
    if isinstance(found, Exception):
        raise found
    return "done"


def in_background(work: Callable[[], Any]) -> Callable[[], Any]:
    """Begins now; what it gives waits for the outcome."""
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.extend(in_parallel([work])))
    thread.start()

    def wait() -> Any:
        thread.join(30)
        return found[0]

    return wait


def test_fifty_confirmations_of_one_join_count_once(
    chorus: Installation, doors: tuple[Running, Running], li: Person
) -> None:
    wang = doors[0].person("wang.qiang@example.org", "王强")
    wang.joins(li.campaign)
    token = wang.confirmation()
    works = [partial(at(door, wang).does, c.ConfirmMembership, token=token) for door in doors for _ in range(25)]
    assert outcomes(works) == ["done"] * 50
    assert chorus.events(li.campaign, "membership.confirmed") == 1


def test_fifty_joins_of_one_person_make_one_member(
    chorus: Installation, doors: tuple[Running, Running], li: Person
) -> None:
    person = doors[0].person("zhao.min@example.org", "赵敏")
    works = [partial(at(door, person).joins, li.campaign) for door in doors for _ in range(25)]
    assert outcomes(works) == ["done"] * 50
    assert chorus.events(li.campaign, "membership.joined") == 1
    until(lambda: chorus.notifier.kinds("zhao.min@example.org"))


def test_a_member_votes_once_however_many_doors_there_are(
    chorus: Installation, doors: tuple[Running, Running], li: Person
) -> None:
    wang = member(doors[1], li.campaign)
    ends = datetime.now(UTC) + timedelta(days=1)
    ballot = UUID(li.does(c.OpenBallot, question="是否接受", options=["是", "否"], until=ends)["ballot"])
    works = [
        partial(at(door, wang).does, c.CastVote, ballot=ballot, option=n % 2 + 1) for door in doors for n in range(10)
    ]
    assert sorted(outcomes(works)) == ["already-voted"] * 19 + ["done"]
    assert chorus.events(li.campaign, "vote.cast") == 1


def test_acts_on_one_campaign_at_once_through_both_doors_all_succeed(
    chorus: Installation, doors: tuple[Running, Running], li: Person
) -> None:
    works = [
        partial(at(door, li).does, c.PublishUpdate, title=f"进展{n}", body="已提交")
        for door in doors
        for n in range(25)
    ]
    assert outcomes(works) == ["done"] * 50
    assert chorus.events(li.campaign, "campaign.update_published") == 50


def test_a_retry_at_the_other_door_gets_the_first_answer(
    chorus: Installation, doors: tuple[Running, Running], li: Person
) -> None:
    key = str(uuid4())
    command = c.OpenBallot(UUID(li.campaign), "问题", ["是", "否"], datetime.now(UTC) + timedelta(days=1))
    request = c.Request(command, li.caller, idempotency_key=key)
    found = in_parallel([partial(door.service.execute, request) for door in doors for _ in range(5)])
    assert len({str(answer) for answer in found}) == 1, found
    assert chorus.events(li.campaign, "ballot.opened") == 1


def test_a_closed_campaign_never_gains_a_member(
    chorus: Installation, doors: tuple[Running, Running], li: Person
) -> None:
    people = [doors[0].person(f"crowd.{next(_number)}@example.org", "成员") for _ in range(60)]
    works: list[Callable[[], Any]] = [
        partial(at(door, each).joins, li.campaign) for each, door in zip(people, cycle(doors), strict=False)
    ]
    works.insert(20, partial(at(doors[1], li).does, c.CloseCampaign))
    found = outcomes(works)
    assert set(found) <= {"done", "campaign-not-open"}
    types = [event["type"] for event in li.asks("replay", limit=200)["events"]]
    after = types[types.index("campaign.closed") :]
    assert "membership.joined" not in after
    assert types.count("membership.joined") == found.count("done") - 1
    with pytest.raises(Refused, match="campaign-not-open"):
        at(doors[0], people[0]).joins(li.campaign)


def test_what_one_door_recorded_the_other_shows_at_once(doors: tuple[Running, Running], li: Person) -> None:
    for n, (one, other) in enumerate([doors, doors[::-1]] * 10):
        at(one, li).does(c.LogContact, step="cn-cs", channel="hotline", by="collective", said=f"第{n}次", agent="小周")
        assert len(at(other, li).asks("contacts")) == n + 1


def test_after_an_erasure_no_door_opens_anything_of_the_member(
    chorus: Installation, doors: tuple[Running, Running], li: Person
) -> None:
    one, other = doors
    wang = member(one, li.campaign)
    wang.claims()
    wang.submits()
    shown = at(other, li).asks("members")["items"]
    assert [each["name"] for each in shown] == ["王强"]
    assert at(other, wang).asks("my-record")["claim"]["reference"] == "QH20260227"
    wang.does(c.RequestErasure)
    assert "王强" not in str(at(other, li).asks("members"))
    with pytest.raises(Refused, match="not-found"):
        at(other, wang).asks("my-record")
    until(lambda: "erasure-done" in chorus.notifier.kinds(wang.email))
    assert chorus.events(li.campaign, "membership.erasure_completed") == 1


def test_the_views_follow_a_commit_within_moments_though_nobody_asks(
    chorus: Installation, doors: tuple[Running, Running], li: Person
) -> None:
    """The worker is in another process: it hears of the commit."""
    waited = []
    for n in range(20):
        li.does(c.PublishUpdate, title=f"进展{n}", body="已提交")
        started = time.monotonic()
        until(lambda: _behind(chorus) == 0, patience=2)
        waited.append(time.monotonic() - started)
    assert sorted(waited)[10] < 0.5, waited


def test_a_question_that_waits_for_the_views_holds_up_no_join_at_its_door(
    chorus: Installation, doors: tuple[Running, Running], li: Person
) -> None:
    li.asks("console")
    with chorus.database.engine().begin() as views:
        views.exec_driver_sql("SELECT position FROM views.position FOR UPDATE")
        li.does(c.PublishUpdate, title="进展", body="已提交")
        question = in_background(partial(li.asks, "console"))
        waited = []
        for n in range(20):
            started = time.monotonic()
            doors[0].person(f"meanwhile.{n}@example.org", "成员").joins(li.campaign)
            waited.append(time.monotonic() - started)
            views.exec_driver_sql("SELECT 1")
        assert sorted(waited)[10] < 0.3, waited
    question()
    assert li.asks("console")["counts"]["pending"] == 20


def _behind(chorus: Installation) -> int:
    head = "SELECT (SELECT max(notification_id) FROM stored_events) - (SELECT position FROM views.position)"
    return int(chorus.database.server.psql(head, chorus.database.name))


def test_a_door_that_was_killed_in_an_erasure_leaves_it_to_the_worker(tmp_path: Path) -> None:
    with installation(tmp_path) as chorus:
        one, other = chorus.start("web", "web")
        li = one.person("li.wei@example.org", "李薇")
        li.launches()
        li.publishes()
        wang = member(one, li.campaign)
        wang.submits()
        with chorus.keys.engine().begin() as keys:
            keys.exec_driver_sql("LOCK TABLE subject_keys IN ACCESS EXCLUSIVE MODE")
            pending = in_background(partial(wang.does, c.RequestErasure))
            until(lambda: chorus.events(li.campaign, "membership.subject_erased") == 1)
            one.kill()
            assert isinstance(pending(), TemporaryFailure)
        assert chorus.events(li.campaign, "membership.erasure_completed") == 0
        chorus.start("worker")
        until(lambda: chorus.events(li.campaign, "membership.erasure_completed") == 1)
        until(lambda: chorus.notifier.kinds(wang.email) == ["erasure-done"])
        assert "王强" not in str(at(other, li).asks("members"))


def test_of_two_workers_one_hands_over_and_keeps_the_deadlines_until_it_is_killed(tmp_path: Path) -> None:
    with installation(tmp_path) as chorus:
        door, first, second = chorus.start("web", "worker", "worker")
        chorus.notifier.patience = 0.05
        li = door.person("li.wei@example.org", "李薇")
        li.launches()
        li.publishes()
        ends = datetime.now(UTC) + timedelta(seconds=3)
        for n in range(5):
            li.does(c.OpenBallot, question=f"问题{n}", options=["是", "否"], until=ends)
        people = [member(door, li.campaign) for _ in range(8)]
        for each in people:
            each.joins(li.campaign)
        until(lambda: len(chorus.notifier.taken) == 8, patience=20)
        until(lambda: chorus.events(li.campaign, "ballot.closed") == 5)
        active = _holder(chorus)
        active.kill()
        for each in people:
            each.joins(li.campaign)
        until(lambda: len({mail["id"] for mail in chorus.notifier.taken}) == 16, patience=20)
        assert _holder(chorus) is {first: second, second: first}[active]
        time.sleep(0.5)
        assert chorus.events(li.campaign, "ballot.closed") == 5
        ids = [mail["id"] for mail in chorus.notifier.taken]
        assert len(ids) <= 17, "only what was under way when the first one was killed may be handed over again"


def _holder(chorus: Installation) -> Running:
    """The worker that does things."""
    return max(
        (each for each in chorus.running if each.child.name == "worker" and each.child.exit_code is None),
        key=lambda each: each.metric('chorus_worker_done_total{worker="campaign-handover"}'),
    )
