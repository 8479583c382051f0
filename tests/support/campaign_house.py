"""A whole campaign service in a folder, with a clock set by hand and a notifier that keeps what it is handed."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from unittest.mock import patch
from uuid import UUID
from zoneinfo import ZoneInfo

from services.campaign import wiring
from services.campaign.databases import sqlite_databases
from services.campaign.playbooks.load import load_playbooks
from services.campaign.service import CampaignService
from services.campaign.settings import CampaignSettings
from services.campaign.vault.addresses import person_key
from services.campaign.vault.secrets import load_or_create
from services.contracts import commands_v1 as c
from services.contracts.notifier_port import Handover
from services.kit.clock import SettableClock
from services.kit.loops import Guarded
from services.kit.metrics import Metrics
from services.kit.timeline import Timeline
from tests.support.campaign_databases import Pair, pair
from tests.support.copies import copied

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TEXT_FILE = "客服:三日内退款。\n".encode()


patch.object(wiring, "load_playbooks", cache(load_playbooks)).start()
"""A house is opened hundreds of times; reading the playbooks, which nobody changes, took most of it."""


def _empty_databases(folder: Path) -> None:
    sqlite_databases(folder).close()


@dataclass
class KeepingNotifier:
    taken: list[Handover] = field(default_factory=list)

    def hand_over(self, mail: Handover) -> None:
        self.taken.append(mail)


class Doors(Protocol):
    """What answers commands and queries: a service, or a client of one."""

    def execute(self, request: c.Request, body: BinaryIO | None = None) -> dict[str, Any]: ...
    def ask(self, query: str, caller: c.Caller, args: Mapping[str, Any]) -> Any: ...


class Where(Protocol):
    """Where people act: doors, and the pepper by which everybody is known behind them."""

    @property
    def service(self) -> Doors: ...
    @property
    def pepper(self) -> bytes: ...
    def local(self, text: str) -> datetime: ...


def local(text: str) -> datetime:
    """`2026-03-06 09:00` in the campaign's zone."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def _on(databases: Pair, settings: CampaignSettings) -> CampaignSettings:
    """Secrets, which nobody makes there, are in the data folder."""
    assert settings.data is not None
    load_or_create(settings.data / "secrets", f"{START:%Y-%m}")
    password = databases.events.password
    return replace(
        settings, database=databases.events.url, keys_database=databases.keys.url, database_password=password
    )  # fmt: skip


class House:
    """Opened in a folder, its databases in there or in PostgreSQL; `restart` opens it anew."""

    def __init__(self, folder: Path, start: datetime = START, backend: str = "sqlite") -> None:
        self.folder = folder
        self._undo = ExitStack()
        self._settings = CampaignSettings(folder, wait_seconds=1)
        self._pair: Pair | None = None
        if backend == "postgres":
            self._pair = self._undo.enter_context(pair())
            self._settings = _on(self._pair, self._settings)
        else:
            copied(_empty_databases, folder)
        self.clock = SettableClock(start)
        self.notifier = KeepingNotifier()
        self.service = self._open()

    def _open(self) -> CampaignService:
        service = wiring.build(self._settings, self.clock, self.notifier, Metrics())
        workers = [Guarded(worker) for worker in service.workers]
        self.timeline = Timeline(self.clock, workers, service.timed)
        return service

    @property
    def pepper(self) -> bytes:
        return self.service.folder.secrets.pepper

    def local(self, text: str) -> datetime:
        return local(text)

    def restart(self) -> None:
        self.service.close()
        self.service = self._open()

    def close(self) -> None:
        self.service.close()
        self._undo.close()

    def comes(self, text: str) -> None:
        """All that falls due before happens; then it is that time, and what follows is settled."""
        self.timeline.advance(self.local(text))
        self.timeline.settle()

    def holds(self, word: str) -> list[str]:
        """Files of the folder, and tables in PostgreSQL, in which this stands."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        tables = [] if self._pair is None else self._pair.holds(word)
        return tables + [path.name for path in files if word.encode() in path.read_bytes()]

    def keys_grow_old(self) -> None:
        """In PostgreSQL, so old that no process can hold one unused."""
        if self._pair is not None:
            self._pair.keys.server.psql(
                "UPDATE subject_keys SET made_at = made_at - interval '2 days'", self._pair.keys.name
            )

    def person(self, email: str, name: str, campaign: str = "") -> Person:
        return Person(self, email, name, campaign)

    def ask_inside(self, query: str, **args: Any) -> Any:
        return self.service.ask(query, c.Caller(), args)

    def ask_publicly(self, query: str, **args: Any) -> Any:
        return self.service.ask(query, c.Caller(), args)


@dataclass
class Person:
    """Somebody with an address, who acts through the service's doors in one campaign."""

    house: Where
    email: str
    name: str
    campaign: str = ""

    @property
    def caller(self) -> c.Caller:
        return c.Caller(person_key(self.house.pepper, self.email).hex())

    def does(self, command: type[c.Command], body: bytes | None = None, /, **args: Any) -> dict[str, Any]:
        if "campaign" in command.__dataclass_fields__:
            args = {"campaign": UUID(self.campaign), **args}
        stream = None if body is None else io.BytesIO(body)
        return self.house.service.execute(c.Request(command(**args), self.caller), stream)

    def asks(self, query: str, **args: Any) -> Any:
        if self.campaign:
            args = {"campaign": self.campaign, **args}
        return self.house.service.ask(query, self.caller, args)

    def launches(self, **changes: Any) -> str:
        facts: dict[str, Any] = {
            "jurisdiction": "cn", "timezone": "Asia/Shanghai", "title": "青禾钱包重复扣款", "provider_name": "青禾钱包",
            "provider_kind": "payment-institution", "problem": "duplicate_charge", "summary": "同一笔水电费被扣两次。",
            "demands": [c.Demand("refund", "全额退还"), c.Demand("fix", "说明原因")],
            "organizer_name": self.name, "organizer_email": self.email, "locale": "zh-CN",
        }  # fmt: skip
        self.campaign = self.does(c.LaunchCampaign, **{**facts, **changes})["campaign"]
        return self.campaign

    def publishes(self) -> None:
        self.does(c.PublishCampaign)

    def joins(self, campaign: str) -> None:
        self.campaign = campaign
        self.does(c.JoinCampaign, email=self.email, name=self.name, locale="zh-CN")

    def confirms(self) -> dict[str, Any]:
        """With the link of the mail that a join is followed by."""
        return self.does(c.ConfirmMembership, token=self.confirmation())

    def confirmation(self) -> str:
        """A token such as the mail has it."""
        asks = [{"recipient": self.subject, "event": None, "link": "confirm"}]
        answer = self.house.service.ask("recipients", c.Caller(), {"campaign": self.campaign, "asks": asks})
        return str(answer[0]["token"])

    def enters(self, campaign: str) -> Person:
        self.joins(campaign)
        self.confirms()
        return self

    def claims(self, amount: str = "328.50", **changes: Any) -> None:
        facts: dict[str, Any] = {
            "problem": "duplicate_charge", "remedy": "refund", "happened": local("2026-02-27 21:14"),
            "amount": Decimal(amount), "currency": "CNY", "reference": "QH20260227",
        }  # fmt: skip
        self.does(c.StateClaim, **{**facts, **changes})

    def submits(self, kind: str = "communication", content: bytes = TEXT_FILE) -> str:
        answer = self.does(
            c.SubmitEvidence, content, kind=kind, file_name="chat.txt", declared_type="text/plain",
            captured=local("2026-03-01 09:30"), note="客服承诺",
        )  # fmt: skip
        return str(answer["evidence"])

    def calls(self, step: str = "cn-cs", by: str | None = None) -> str:
        facts = {"agent": "小周", "staff_number": "工号8047", "said": "三个工作日内答复"}
        return str(self.does(c.LogContact, step=step, channel="hotline", by=by, **facts)["contact"])

    def files(self, step: str = "cn-psp-formal", by: str = "collective", **more: Any) -> dict[str, Any]:
        return self.does(c.SubmitFiling, step=step, by=by, statement="请退款", **more)

    @property
    def subject(self) -> str:
        return str(self.asks("my-record")["subject"])
