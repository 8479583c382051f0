"""News to very many members: in bounded memory, each once, going on where it stopped."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from services.notifier.adapters.outbox_sql import SqlOutbox
from services.notifier.adapters.tables import MEMBERS
from services.notifier.application.ports import Message, Waiting
from tests.support.post_office import PostOffice

MANY = 10_000
SOME = 2_000


class CountingSender:
    """Takes mail and remembers only to whom; `dies_after` so many ends the process."""

    def __init__(self, dies_after: int | None = None) -> None:
        self.sent: Counter[str] = Counter()
        self.dies_after = dies_after

    def send(self, message: Message) -> None:
        self.sent[message.to] += 1
        if self.dies_after is not None and sum(self.sent.values()) >= self.dies_after:
            raise KeyboardInterrupt

    def close(self) -> None: ...


@pytest.fixture
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[PostOffice]:
    """With SOME confirmed members, or as many as the test asks for."""
    office = PostOffice(tmp_path)
    office.launches()
    office.follow()
    subjects = [office.new_id() for _ in range(getattr(request, "param", SOME))]
    for number, subject in enumerate(subjects):
        office.knows(subject, f"m{number}@example.org", "王强")
    rows = [
        {"campaign": office.campaign, "subject": subject, "state": "confirmed", "confirmed_at": 0}
        for subject in subjects
    ]
    with office.service.engine.begin() as tx:
        tx.execute(insert(MEMBERS), rows)
    yield office
    office.close()


def uses(office: PostOffice, monkeypatch: pytest.MonkeyPatch, sender: CountingSender) -> None:
    monkeypatch.setattr("services.notifier.wiring._sender", lambda settings: sender)
    monkeypatch.setattr("services.notifier.rendering.render.Renderer.render", lambda self, letter, now: _short(letter))
    office.restart()


def _short(letter: object) -> Message:
    email: str = letter.email  # type: ignore[attr-defined]
    return Message("<id@x>", email, b"")


@pytest.mark.parametrize("office", [MANY], indirect=True)
def test_ten_thousand_members_in_bounded_memory_each_once(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = CountingSender()
    uses(office, monkeypatch, sender)
    waiting: list[int] = []
    grow = SqlOutbox.grow

    def watched(outbox: SqlOutbox, row: Waiting, now: object) -> int:
        made = grow(outbox, row, now)  # type: ignore[arg-type]
        waiting.append(
            sum(1 for row in office.outbox("update") if row.state == "due") - 1 if len(waiting) < 3 else made
        )
        return made

    monkeypatch.setattr(SqlOutbox, "grow", watched)
    office.happens("campaign.update_published", actor=office.organizer, words={"title": "t", "body": "b"})
    office.follow()
    (deliver,) = office.service.timed
    while not sender.sent:
        deliver.run_due(office.clock.now(), inclusive=True)
    tracemalloc.start()
    while sum(sender.sent.values()) < SOME:
        deliver.run_due(office.clock.now(), inclusive=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    while deliver.run_due(office.clock.now(), inclusive=True):
        continue
    assert len(sender.sent) == MANY
    assert set(sender.sent.values()) == {1}
    assert max(waiting) <= 500
    assert office.campaign_service.largest_batch <= 50
    assert peak < 8_000_000


def test_after_a_crash_it_goes_on_where_it_stopped(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    first = CountingSender(dies_after=777)
    uses(office, monkeypatch, first)
    office.happens("campaign.update_published", actor=office.organizer, words={"title": "t", "body": "b"})
    with pytest.raises(KeyboardInterrupt):
        office.settle()
    second = CountingSender()
    uses(office, monkeypatch, second)
    office.settle()
    both = first.sent + second.sent
    assert len(both) == SOME
    assert [address for address, times in both.items() if times > 1] == list(first.sent)[776:777]


def test_an_update_that_was_planned_again_reaches_nobody_twice(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = CountingSender()
    uses(office, monkeypatch, sender)
    office.happens("campaign.update_published", actor=office.organizer, words={"title": "t", "body": "b"})
    office.settle()
    (fan_out, *_) = office.outbox("update")
    assert (fan_out.recipient, fan_out.state) == ("members", "sent")
    office.restart()
    office.settle()
    assert set(sender.sent.values()) == {1}
