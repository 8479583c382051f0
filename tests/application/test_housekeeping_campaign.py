"""What campaign tidies: each chore in its own rhythm, files that no event tells of, never one that may be wanted."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.campaign.application.orphans import drop_orphans
from services.campaign.housekeeping import Chore
from services.campaign.readmodels.member_rows import member
from services.contracts import commands_v1 as c
from services.kit.failures import TemporaryFailure
from services.kit.sql.engine import reading
from tests.support.campaign_house import START, House, Person

SOON = datetime.fromtimestamp(time.time(), tz=START.tzinfo) + timedelta(days=2)


def files(house: House) -> set[str]:
    return {path.name for path in (house.folder / "evidence").iterdir()}


def test_a_file_that_no_event_tells_of_goes_after_a_day(house: House, li: Person) -> None:
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    piece = UUID(wang.submits())
    for copy in (b"first without names\n", b"second without names\n"):
        wang.does(c.RedactEvidence, copy, evidence=piece, file_name="r.txt", declared_type="text/plain")
    wang.does(c.WithdrawEvidence, evidence=UUID(wang.submits(content="另一份\n".encode())))
    told = files(house)
    assert len(told) == 4
    orphan = house.service.evidence.put([b"stored, and then the process was killed"])
    desk = house.service.commands.desk
    assert drop_orphans(desk, SOON - timedelta(days=2)) == 0
    assert drop_orphans(desk, SOON) == 1
    assert files(house) == told
    assert not house.service.evidence.exists(orphan)


def test_while_a_key_is_missing_no_file_is_dropped(house: House, li: Person) -> None:
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    wang.submits()
    house.service.evidence.put([b"an orphan"])
    house.service.folder.keys.destroy(house.service.folder.application.store.key_ids(UUID(wang.subject)))
    assert drop_orphans(house.service.commands.desk, SOON) == 0
    assert len(files(house)) == 2


def test_an_erasure_that_was_cut_off_is_finished_within_a_minute(
    house: House, li: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    wang = house.person("wang@example.org", "王强").enters(li.campaign)
    house.service.tidy.run_once()
    subject = wang.subject
    with monkeypatch.context() as cut:
        cut.setattr("services.campaign.application.erasure._now_or_later", lambda *_: None)
        wang.does(c.RequestErasure)
    house.service.tidy.run_once()
    assert _erasure(house, subject) == "requested"
    house.clock.set(house.clock.now() + timedelta(minutes=1))
    house.service.tidy.run_once()
    assert _erasure(house, subject) == "completed"


def _erasure(house: House, subject: str) -> str:
    house.service.projector.catch_up()
    with reading(house.service.databases.views) as rows:
        found = member(rows, subject)
    assert found is not None
    return str(found["erasure"])


def test_keys_that_a_process_left_unused_go_within_a_day_where_processes_share_them(house: House, li: Person) -> None:
    """In a file of one process they may be its own: there they go at the next start."""
    keys, wang = house.service.folder.keys, house.person("wang@example.org", "王强").enters(li.campaign)
    used = house.service.folder.application.store.key_ids(UUID(wang.subject))
    left = [keys.take().key_id for _ in range(3)]
    house.service.tidy.run_once()
    house.keys_grow_old()
    house.clock.set(house.clock.now() + timedelta(days=1))
    house.service.tidy.run_once()
    assert keys.living([*used, *left]) == [*used, *([] if keys.shared else left)]
    house.restart()
    assert house.service.folder.keys.living([*used, *left]) == list(used)


def test_a_chore_that_has_to_wait_holds_up_no_other(house: House, li: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def fails(_: datetime) -> None:
        done.append("tried")
        raise TemporaryFailure("keys-busy")

    chores = (Chore(timedelta(minutes=1), fails), Chore(timedelta(hours=1), lambda _: done.append("done")))
    monkeypatch.setattr(house.service.tidy, "_chores", chores)
    for _ in range(2):
        with pytest.raises(TemporaryFailure, match="keys-busy"):
            house.service.tidy.run_once()
    assert done == ["tried", "done", "tried"]


def test_a_chore_is_done_at_the_first_run_then_by_its_rhythm_and_also_when_the_clock_was_set_back() -> None:
    chore = Chore(timedelta(hours=1), lambda _: None)
    assert chore.is_due(START)
    chore.done = START
    assert not chore.is_due(START + timedelta(minutes=59))
    assert chore.is_due(START + timedelta(hours=1))
    assert chore.is_due(START - timedelta(seconds=1))
    later = Chore(timedelta(days=1), lambda _: None, can_wait=True)
    assert not later.is_due(START)
    assert later.is_due(START + timedelta(days=1))
