"""Several processes of gateway on one PostgreSQL: no change hidden from live streams, no link used twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import orjson
import pytest

from services.contracts.envelope import Envelope
from services.contracts.topics import PROGRESS
from services.gateway.feeds.live import Live, LiveLimits, Seen
from services.gateway.inbox.progress import KeepProgress
from services.gateway.readmodels.progress_copy import ProgressCopy
from services.gateway.wiring import MIGRATIONS, build_inbox
from services.kit.metrics import Metrics
from services.kit.stream.consumer import Consumer
from services.kit.stream.port import Record
from tests.support.gateway_house import CAMPAIGN, START, GatewayHouse, a_document, gateway_on, some_words
from tests.support.postgres import Database, database


@pytest.fixture
def base() -> Iterator[Database]:
    with database(MIGRATIONS) as base:
        yield base


def document(campaign: UUID, size: int) -> Record:
    data = orjson.dumps({"document": a_document(campaign, size=size), "words": some_words("t")})
    envelope = Envelope(
        id=f"{campaign}@{size}", source="/notifier/progress", type="progress.document", time=START,
        partitionkey=str(campaign), sequence=size, data=data,
    )  # fmt: skip
    return Record(envelope, own_key=str(campaign))


def test_whoever_follows_the_counter_sees_every_change_of_every_writer(base: Database) -> None:
    writers, rounds = 4, 25
    latest: dict[str, int] = {}
    ended = threading.Event()
    mine = [[uuid4() for _ in range(3)] for _ in range(writers)]

    def writes(number: int) -> None:
        handler = KeepProgress(base.engine())
        for size in range(1, rounds + 1):
            with handler.begin() as tx:
                for campaign in mine[number]:
                    handler.handle(tx, document(campaign, size))
                handler.finish(tx)

    def follows() -> None:
        copy, last = ProgressCopy(base.engine()), 0
        while True:
            over = ended.is_set()
            changed = copy.changed_since(last)
            for campaign in changed:
                found = copy.find(campaign)
                latest[campaign] = found.document["size"] if found else 0
            last = max(changed.values(), default=last)
            if over and not changed:
                return

    follower = threading.Thread(target=follows)
    threads = [threading.Thread(target=writes, args=(number,)) for number in range(writers)]
    for thread in (follower, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    ended.set()
    follower.join()
    assert latest == {str(campaign): rounds for each in mine for campaign in each}
    assert ProgressCopy(base.engine()).last_change() == writers * rounds * 3


def test_a_change_of_another_process_reaches_a_stream_at_once(base: Database) -> None:
    live = Live(ProgressCopy(base.engine("web")), LiveLimits(life_seconds=5, poll_seconds=0.1))
    handler = KeepProgress(base.engine("inbox"))
    live.take_seat()
    stream = live.stream(str(CAMPAIGN), Seen())
    next(stream)

    def writes() -> None:
        time.sleep(0.5)
        with handler.begin() as tx:
            handler.handle(tx, document(CAMPAIGN, 7))
            handler.finish(tx)
        written.append(time.monotonic())

    written: list[float] = []
    writer = threading.Thread(target=writes)
    writer.start()
    event = next(stream)
    waited = time.monotonic() - written[0] if written else 0.0
    writer.join()
    live.leave()
    live.close()
    assert b"id: 7-0" in event
    assert waited < 1.0


def test_two_inboxes_share_the_topic_and_a_released_one_leaves_all_to_the_other(tmp_path: Path) -> None:
    with gateway_on("postgres", tmp_path) as house:
        consumer = house.service.workers[0].consumer  # type: ignore[attr-defined]
        assert isinstance(consumer, Consumer)
        consumer.release()
        inboxes = [build_inbox(house.service.services.settings, house.stream, Metrics()) for _ in range(2)]
        campaigns = [uuid4() for _ in range(40)]
        house.stream.publish(PROGRESS, [document(campaign, 1) for campaign in campaigns])
        done, until = [0, 0], time.monotonic() + 20
        while sum(done) < len(campaigns) and time.monotonic() < until:
            for number, inbox in enumerate(inboxes):
                done[number] += inbox.worker.run_once()
        assert sum(done) == len(campaigns)
        assert len(house.service.services.progress.changed_since(0)) == len(campaigns)
        for inbox in inboxes:
            inbox.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[GatewayHouse]:
    with gateway_on("postgres", tmp_path) as house:
        yield house


def test_a_link_pressed_many_times_at_once_opens_one_session(house: GatewayHouse) -> None:
    links = house.service.services.accounts.links
    browser = links.ask("he.jing@example.org", "zh-CN")
    token = house.notifier.newest("he.jing@example.org").facts["token"]
    opened: list[object] = []
    threads = [threading.Thread(target=lambda: opened.append(links.use(token, browser=browser))) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in opened if one is not None]) == 1
    assert len(opened) == 10


def test_the_limit_of_mails_holds_for_all_processes_together(house: GatewayHouse) -> None:
    links = house.service.services.accounts.links
    threads = [threading.Thread(target=links.ask, args=("zhao@example.org", "zh-CN")) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([mail for mail in house.notifier.mails if mail.email == "zhao@example.org"]) == 3
