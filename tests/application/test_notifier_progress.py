"""Progress as published: what grew is what a rebuild gives, a crash loses nothing, words leave when taken away."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from services.contracts.envelope import Envelope
from services.contracts.topics import CAMPAIGN_EVENTS, PROGRESS
from services.kit.failures import TemporaryFailure
from services.kit.stream.in_process import InProcessStream
from services.kit.stream.port import Record
from services.notifier.adapters.tables import CELLS, DOCUMENTS, ENTRIES, UNPUBLISHED
from services.notifier.progress.rebuild import forget_progress
from tests.support.history import History, whole_campaign
from tests.support.post_office import DATABASES, PostOffice, post_office
from tests.support.streams import read_all


@pytest.fixture(params=DATABASES)
def office(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[PostOffice]:
    with post_office(tmp_path, request.param) as office:
        yield office


class Log:
    """A campaign's real history on its way to the stream, in as many pieces as a test likes."""

    def __init__(self, office: PostOffice, history: History) -> None:
        self._office = office
        self.history = history
        self._put = 0

    def flows(self, count: int | None = None) -> None:
        """The next events reach the stream, and campaign answers for the words that are still there."""
        rows = self.history.rows[self._put :][:count]
        content = self._office.campaign_service.content
        content.clear()
        content.update({str(event): _opened(words) for event, words in self.history.words.items()})
        for row in rows:
            leaf = json.loads(row.state)
            envelope = Envelope(
                id=leaf["id"], source="/campaign", type=leaf["type"], time=self.history.now,
                partitionkey=leaf["campaign"], sequence=row.log_index + 1, data=row.state,
            )  # fmt: skip
            self._office.stream.publish(CAMPAIGN_EVENTS, [Record(envelope)])
        self._put += len(rows)


def _opened(disclosures: tuple[str, ...]) -> dict[str, Any]:
    found = [json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) for text in disclosures]
    return {name: value for _, name, value in found}


def published(office: PostOffice) -> dict[str, bytes]:
    """The last record of each key, as a reader of the compacted topic finds it."""
    return {delivered.record.key: delivered.record.envelope.data for delivered in read_all(office.stream, PROGRESS)}


def in_sql(office: PostOffice) -> list[list[tuple[Any, ...]]]:
    with office.service.engine.connect() as tx:
        return [
            [tuple(row) for row in tx.execute(select(table).order_by(*table.primary_key.columns))]
            for table in (CELLS, DOCUMENTS, ENTRIES)
        ]


def test_what_is_published_is_what_the_reducer_says(office: PostOffice) -> None:
    log = Log(office, whole_campaign())
    log.flows()
    office.follow()
    campaign = str(log.history.id)
    told = json.loads(published(office)[campaign])
    assert told["document"] == log.history.document()
    entries = [json.loads(data) for key, data in sorted(published(office).items()) if "/" in key]
    assert sorted(entry["number"] for entry in entries) == list(range(1, told["document"]["feed"] + 1))
    assert all(entry["event"] and entry["time"] and entry["numbers"] for entry in entries)


def test_documents_carry_the_words_of_the_campaign_and_entries_their_own(office: PostOffice) -> None:
    history = History()
    campaign = history.launch()
    log = Log(office, history)
    log.flows()
    office.follow()
    words = json.loads(published(office)[str(history.id)])["words"]
    assert [demand["text"] for demand in words["demands"]] == ["全额退款", "整改"]
    assert words["title"]
    campaign.publish_update(history.act(), "一名成员账户已解锁", "恢复使用")
    history.record(campaign)
    log.flows()
    office.follow()
    assert json.loads(published(office)[f"{history.id}/2"])["text"] == {
        "title": "一名成员账户已解锁",
        "body": "恢复使用",
    }


def test_a_draft_is_nobodys_business(office: PostOffice) -> None:
    log = Log(office, whole_campaign())
    log.flows(1)
    office.follow()
    assert published(office) == {}


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_what_grew_in_any_pieces_is_the_same_and_a_rebuild_gives_the_same_bytes(office: PostOffice, piece: int) -> None:
    log = Log(office, whole_campaign())
    for _ in range(0, len(log.history.rows), piece):
        log.flows(piece)
        office.follow()
    grown, rows = published(office), in_sql(office)
    mails = len(office.outbox())
    forget_progress(office.service.engine)
    office.restart()
    office.follow()
    assert published(office) == grown
    assert in_sql(office) == rows
    assert len(office.outbox()) == mails
    whole = PostOffice(office.folder / "whole")
    other = Log(whole, log.history)
    other.flows()
    whole.follow()
    assert published(whole) == grown
    whole.close()


def test_a_crash_before_publishing_loses_nothing(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(office, whole_campaign())
    log.flows()

    def away(*_: object) -> None:
        raise TemporaryFailure("stream-away")

    with monkeypatch.context() as crash:
        crash.setattr(InProcessStream, "publish", away)
        for consumer in office.service.consumers:
            while consumer.run_once():
                continue
        with pytest.raises(TemporaryFailure):
            office.service.workers[-2].run_once()
    assert published(office) == {}
    office.restart()
    office.follow()
    assert json.loads(published(office)[str(log.history.id)])["document"] == log.history.document()


def test_a_crash_after_publishing_repeats_the_same_records(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    log = Log(office, whole_campaign())
    log.flows()
    for consumer in office.service.consumers:
        while consumer.run_once():
            continue

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crash:
        crash.setattr("services.notifier.progress.records.done", dies)
        with pytest.raises(KeyboardInterrupt):
            office.service.workers[-2].run_once()
    first = published(office)
    office.restart()
    office.follow()
    assert published(office) == first
    with office.service.engine.connect() as tx:
        assert tx.execute(select(UNPUBLISHED)).all() == []


def test_words_taken_away_leave_the_stream(office: PostOffice) -> None:
    history = History()
    campaign = history.launch()
    campaign.publish_update(history.act(), "标题", "有人的姓名")
    history.record(campaign)
    log = Log(office, history)
    log.flows()
    office.follow()
    assert "有人的姓名".encode() in published(office)[f"{history.id}/2"]
    (update,) = [leaf["id"] for leaf in history.objects() if leaf["type"] == "campaign.update_published"]
    campaign.remove_content(history.act("operator"), UUID(update), "names-a-person")
    history.record(campaign)
    log.flows()
    office.follow()
    assert json.loads(published(office)[f"{history.id}/2"])["text"] == {}
    assert all("有人的姓名".encode() not in data for data in published(office).values())


def test_demands_taken_away_are_not_replaced_by_former_ones(office: PostOffice) -> None:
    history = History()
    campaign = history.launch()
    campaign.revise_demands(history.act(), [("refund", "新的退款"), ("compensate", "赔偿")])
    history.record(campaign)
    (revised,) = [leaf["id"] for leaf in history.objects() if leaf["type"] == "campaign.demands_revised"]
    campaign.remove_content(history.act("operator"), UUID(revised), "mistake")
    history.record(campaign)
    log = Log(office, history)
    log.flows()
    office.follow()
    demands = json.loads(published(office)[str(history.id)])["words"]["demands"]
    assert demands == [{"kind": "refund", "text": None}, {"kind": "compensate", "text": None}]


def test_nothing_personal_reaches_the_stream(office: PostOffice) -> None:
    log = Log(office, whole_campaign())
    log.flows()
    office.settle()
    assert all(b"@" not in data and "王强".encode() not in data for data in published(office).values())


def test_whoever_counts_dead_letters_waits_for_no_writer(office: PostOffice) -> None:
    with office.service.engine.begin() as tx:
        tx.execute(insert(UNPUBLISHED).values(campaign="c", number=1))
        for consumer in ("mails", "progress"):
            assert office.metrics.value("chorus_dead_letters_waiting", consumer=consumer) == 0
        tx.rollback()
