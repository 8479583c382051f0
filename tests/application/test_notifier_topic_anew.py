"""After a restore the topics are made anew: the whole history comes a second time, and nobody gets a mail twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from services.contracts.topics import CAMPAIGN_EVENTS, PROGRESS
from services.kit.stream.port import START
from services.notifier.progress.rebuild import forget_progress
from tests.support.post_office import PostOffice
from tests.support.streams import read_all


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    office = PostOffice(tmp_path)
    yield office
    office.close()


def made_anew(office: PostOffice) -> None:
    """As the runbook says under TopicAheadOfLog: stop, topics anew, positions to the beginning, progress forgotten."""
    history = sorted(read_all(office.stream, CAMPAIGN_EVENTS), key=lambda got: got.record.envelope.sequence)
    forget_progress(office.service.engine)
    with office.service.engine.begin() as tx:
        tx.execute(text(f"UPDATE consumer_positions SET last_offset = {START}"))
    office.service.close()
    office.stream.close()
    for path in office.folder.glob("stream.db*"):
        path.unlink()
    office.stream = type(office.stream)(office.folder / "stream.db")
    office.open()
    for got in history:
        office.stream.publish(CAMPAIGN_EVENTS, [got.record])


def published(office: PostOffice) -> dict[str, bytes]:
    """The last of each key of the progress topic."""
    return {got.record.key: got.record.envelope.data for got in read_all(office.stream, PROGRESS)}


def test_nobody_is_written_to_twice_and_numbers_are_the_same(office: PostOffice) -> None:
    office.launches()
    first = office.member("wang@example.org")
    office.member("zhao@example.org")
    mails, numbers = [(seen.to, seen.kind) for seen in office.mails()], published(office)
    assert len(mails) == 4 and numbers
    made_anew(office)
    office.settle()
    assert [(seen.to, seen.kind) for seen in office.mails()] == mails
    assert published(office) == numbers
    office.happens("membership.withdrew", first, subject=first, actor=first)
    office.member("sun@example.org")
    assert len(office.mails()) > len(mails)
    assert published(office) != numbers
