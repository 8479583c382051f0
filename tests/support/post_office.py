"""Notifier for tests: the real service on a real stream, with campaign's answers written by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO
from unittest.mock import patch
from uuid import UUID

from sqlalchemy import select

from services.contracts.campaign_port import File
from services.contracts.commands_v1 import Caller, Request
from services.contracts.envelope import Envelope
from services.contracts.topics import CAMPAIGN_EVENTS
from services.kit.clock import SettableClock
from services.kit.loops import Guarded
from services.kit.metrics import Metrics
from services.kit.stream.in_process import InProcessStream
from services.kit.stream.port import Record
from services.kit.texts import Texts
from services.kit.timeline import Timeline
from services.notifier import wiring
from services.notifier.adapters.mailbox import Mailbox, Seen
from services.notifier.adapters.tables import OUTBOX
from services.notifier.settings import NotifierSettings
from services.notifier.wiring import MIGRATIONS, NotifierService, build, open_database
from tests.support.copies import copied
from tests.support.postgres import database

patch.object(wiring, "Texts", cache(Texts)).start()
"""Read once, as nobody changes them."""

DATABASES = ("sqlite", "postgres")
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""09:00 in Shanghai, a Monday."""
CASEWORK: dict[str, Any] = {
    "jurisdictions": [
        {
            "steps": [
                {"id": "cn-cs", "name": {"zh": "官方客服", "en": "Official support"}},
                {"id": "cn-psp-formal", "name": {"zh": "向支付机构正式投诉", "en": "Formal complaint"}},
            ]
        }
    ],
    "problems": [
        {"id": "duplicate_charge", "name": {"zh": "重复扣款", "en": "Duplicate charge"}, "urgent": None},
        {
            "id": "account_stolen",
            "name": {"zh": "账户被盗", "en": "Account stolen"},
            "urgent": {"zh": "立即冻结账户\n报警", "en": "Freeze the account at once\nTell the police"},
        },
    ],
}


class FakeCampaign:
    """Answers what a test put there; with `down` nobody is resolved."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.content: dict[str, dict[str, Any]] = {}
        self.private: dict[str, dict[str, Any]] = {}
        self.down: Exception | None = None
        self.asked: list[str] = []
        self.largest_batch = 0
        self._tokens = count(1)

    def execute(self, request: Request, body: BinaryIO | None = None) -> dict[str, Any]:
        raise AssertionError("notifier sends no commands")

    def open_file(self, caller: Caller, campaign: str, evidence: str, redacted: bool) -> File:
        raise AssertionError("notifier opens no files")

    def export(self, campaign: str, published: dict[str, Any] | None = None) -> Iterator[bytes]:
        raise AssertionError("notifier exports nothing")

    def ask(self, query: str, caller: Caller, args: Mapping[str, Any]) -> Any:
        assert caller == Caller(), "notifier asks as itself"
        if self.down is not None and query == "recipients":
            raise self.down
        self.asked.append(query)
        if query == "casework":
            return CASEWORK
        if query == "content":
            return {event: self.content[event] for event in args["event_ids"] if event in self.content}
        assert query == "recipients"
        self.largest_batch = max(self.largest_batch, len(args["asks"]))
        return [self._recipient(ask) for ask in args["asks"]]

    def _recipient(self, ask: Mapping[str, Any]) -> dict[str, Any] | None:
        person = self.people.get(ask["recipient"])
        if person is None:
            return None
        token = f"token-{next(self._tokens)}" if ask["link"] else None
        return {**person, "token": token, "words": self.private.get(ask["event"] or "", {})}


def _empty_database(folder: Path) -> None:
    open_database(NotifierSettings(data=folder)).dispose()


@contextmanager
def post_office(folder: Path, kind: str = "sqlite", **settings: Any) -> Iterator[PostOffice]:
    """`kind` is one of DATABASES."""
    if kind == "sqlite":
        office = PostOffice(folder, **settings)
        yield office
        office.close()
        return
    with database(MIGRATIONS) as base:
        secret = folder / "secrets" / "notifier"
        secret.parent.mkdir(mode=0o700, exist_ok=True)
        secret.touch(mode=0o600)
        secret.write_bytes(b"s" * 32)
        office = PostOffice(folder, database_url=base.url, database_password=base.password, **settings)
        yield office
        office.close()


class PostOffice:
    """Verbs of the world outside notifier, and looks into its boxes."""

    def __init__(self, folder: Path, start: datetime = START, **settings: Any) -> None:
        self.folder = folder
        self.clock = SettableClock(start)
        self.stream = InProcessStream(folder / "stream.db")
        self.campaign_service = FakeCampaign()
        self.metrics = Metrics()
        self.settings = NotifierSettings(data=folder, base_url="https://chorus.example", **settings)
        if self.settings.database_url is None:
            copied(_empty_database, folder)
        self._numbers = count(1)
        self._sequence = 0
        self.campaign = self.new_id()
        self.organizer = self.new_id()
        self.opened = False
        self.open()

    def open(self) -> None:
        """Also after a close: as a process that starts again."""
        self.service: NotifierService = build(
            self.settings, self.clock, self.campaign_service, self.stream, self.metrics
        )
        self.workers = [Guarded(worker) for worker in self.service.workers]
        self.timeline = Timeline(self.clock, self.workers, self.service.timed)

    def close(self) -> None:
        self.service.close()
        self.stream.close()

    def restart(self) -> None:
        self.service.close()
        self.open()

    def new_id(self) -> str:
        return str(UUID(int=next(self._numbers) << 96, version=4))

    # what happens outside

    def knows(self, person: str, email: str, name: str | None = "王强", locale: str = "zh-CN") -> str:
        self.campaign_service.people[person] = {"email": email, "name": name, "locale": locale}
        return person

    def happens(
        self, type: str, stream: str | None = None, *, subject: str | None = None, actor: str | None = None,
        words: dict[str, Any] | None = None, private: dict[str, Any] | None = None,
        correlation: str | None = None, **data: Any,
    ) -> str:  # fmt: skip
        """An event reaches the stream; its time is the clock's, cut as the leaf's is."""
        now = self.clock.now().replace(microsecond=0)
        time = now.replace(minute=0, second=0) if subject else now
        event = self.new_id()
        leaf: dict[str, Any] = {
            "v": 1, "id": event, "type": type, "version": 1, "campaign": self.campaign,
            "stream": stream or self.campaign, "n": 1, "time": time.isoformat().replace("+00:00", "Z"),
            "actor": {"role": "system"} if actor is None else {"role": "organizer", "id": actor}, "data": data,
        }  # fmt: skip
        if subject:
            leaf["subject"] = subject
        self._sequence += 1
        envelope = Envelope(
            id=event, source="/campaign", type=type, time=time, partitionkey=self.campaign, sequence=self._sequence,
            data=json.dumps(leaf, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode(),
            correlationid=correlation,
        )  # fmt: skip
        if words is not None:
            self.campaign_service.content[event] = words
        if private is not None:
            self.campaign_service.private[event] = private
        self.stream.publish(CAMPAIGN_EVENTS, [Record(envelope)])
        return event

    def launches(self, problem: str = "duplicate_charge", title: str = "青禾钱包重复扣款") -> str:
        self.knows(self.organizer, "li.wei@example.org", "李薇")
        words = {"title": title, "summary": "扣了两次", "provider_name": "青禾钱包", "demand_texts": ["退款", "说明"]}
        self.happens(
            "campaign.drafted", actor=self.organizer, words=words, jurisdiction="cn", timezone="Asia/Shanghai",
            problem=problem, provider_kind="payment-institution", organizer=self.organizer, locale="zh-CN",
            demand_kinds=["refund", "fix"],
        )  # fmt: skip
        self.happens(
            "campaign.published", actor=self.organizer, words={"title": title}, demand_version=1, jurisdiction="cn",
            problem=problem,
        )  # fmt: skip
        return self.campaign

    def joins(self, email: str = "wang@example.org", name: str = "王强", locale: str = "zh-CN") -> str:
        subject = self.knows(self.new_id(), email, name, locale)
        self.happens("membership.joined", subject, subject=subject, actor=subject, locale=locale)
        return subject

    def confirms(self, subject: str) -> str:
        return self.happens("membership.confirmed", subject, subject=subject, actor=subject, demand_version=1)

    def member(self, email: str = "wang@example.org", **more: Any) -> str:
        subject = self.joins(email, **more)
        self.settle()
        self.confirms(subject)
        self.settle()
        return subject

    # the passing of time

    def settle(self) -> None:
        self.timeline.settle()

    def follow(self) -> None:
        """Only the consumers run: nothing is sent."""
        for _ in range(1000):
            if not sum(worker.run_once() for worker in self.workers):
                return

    def advances(self, to: datetime) -> None:
        self.timeline.advance(to)
        self.timeline.settle()

    # what lies in the boxes

    def mails(self, kind: str | None = None, to: str | None = None) -> list[Seen]:
        return list(Mailbox(self.settings.mailbox).list(kind=kind, to=to))

    def outbox(self, kind: str | None = None) -> list[Any]:
        with self.service.engine.connect() as connection:
            rows = connection.execute(select(OUTBOX).order_by(OUTBOX.c.id)).all()
        return [row for row in rows if kind is None or row.kind == kind]
