"""A gateway on a temporary folder, with a campaign and a notifier that only remember and answer as told."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO
from unittest.mock import patch
from uuid import UUID

import orjson
from flask.testing import FlaskClient

from services.contracts.campaign_port import File
from services.contracts.codes import Refused
from services.contracts.commands_v1 import Caller, Command, Request
from services.contracts.envelope import Envelope
from services.contracts.notifier_port import Handover
from services.contracts.topics import PROGRESS
from services.gateway import wiring
from services.gateway.settings import GatewaySettings
from services.gateway.wiring import MIGRATIONS, GatewayService, build, open_database
from services.kit.clock import SettableClock
from services.kit.stream.in_process import InProcessStream
from services.kit.stream.port import Record
from services.kit.texts import Texts
from tests.support.copies import copied
from tests.support.postgres import database

patch.object(wiring, "Texts", cache(Texts)).start()
"""A gateway is built hundreds of times; reading its words, which nobody changes, took most of it."""

DATABASES = ("sqlite", "postgres")
CAMPAIGN = UUID("11111111-1111-4111-8111-111111111111")
OTHER = UUID("22222222-2222-4222-8222-222222222222")
START = datetime(2026, 5, 11, 12, 0, tzinfo=UTC)
BASE = "http://localhost:8000"
CASEWORK = {
    "jurisdictions": [
        {
            "id": "cn",
            "name": {"zh": "中国大陆", "en": "Mainland China"},
            "currency": "CNY",
            "timezone": "Asia/Shanghai",
            "steps": [
                {
                    "id": "cn-cs",
                    "name": {"zh": "客服", "en": "Customer service"},
                    "kind": "provider",
                    "filers": ["own"],
                },
                {
                    "id": "cn-psp-formal",
                    "name": {"zh": "正式投诉", "en": "Formal complaint"},
                    "kind": "provider",
                    "filers": ["own", "collective"],
                },
            ],
        }
    ],
    "problems": [
        {
            "id": "account_stolen",
            "name": {"zh": "账户被盗", "en": "Account stolen"},
            "urgent": {"zh": "先冻结账户", "en": "Freeze the account first"},
            "evidence": [],
            "demands": ["compensate"],
            "route": {"cn": ["cn-cs", "cn-psp-formal"]},
        }
    ],
}
JOIN_PAGE: dict[str, Any] = {
    "campaign": str(CAMPAIGN),
    "state": "open",
    "title": "OK钱包:账户被盗",
    "summary": "余额被转走",
    "provider": {"name": "OK钱包", "kind": "payment-institution"},
    "problem": "account_stolen",
    "demands": [{"kind": "compensate", "text": "赔付"}],
    "demand_version": 1,
    "jurisdiction": "cn",
    "timezone": "Asia/Shanghai",
    "locale": "zh-CN",
    "warnings": [{"topic": "account-theft-urgent-steps", "text": {"zh": "先冻结", "en": "Freeze first"}}],
    "urgent": {"zh": "先冻结账户", "en": "Freeze the account first"},
}
Answer = Any
_ID = str(OTHER)
_PAGE: dict[str, Any] = {"items": [], "next": None}
USUAL: dict[str, Answer] = {
    "LaunchCampaign": {"campaign": str(CAMPAIGN), "version": 1},
    "ReviseDemands": {"demand_version": 2},
    "CloseCampaign": {"state": "closed"},
    "DecideEscalation": {"step": "cn-psp-formal", "warnings": []},
    "InviteAuditor": {"auditor": _ID},
    "ConfirmMembership": {
        "campaign": str(CAMPAIGN), "subject": _ID, "first": False, "person": "ab" * 32,
        "email": "ma.chao@example.org", "locale": "zh-CN",
    },
    "ConfirmContactChange": {"campaign": str(CAMPAIGN), "subject": _ID, "old_person": "ab" * 32},
    "SubmitEvidence": {"evidence": _ID, "digest": "ab" * 32, "size": 1, "media_type": "text/plain"},
    "LogContact": {"contact": _ID},
    "RecordPromise": {"promise": _ID},
    "SubmitFiling": {"filing": _ID, "warnings": ["evidence-missing"], "deadline": None},
    "RecordReceipt": {"deadline": "2026-06-01"},
    "RequestMaterial": {"request": _ID, "filing": _ID},
    "OpenBallot": {"ballot": _ID},
    "CastVote": {"receipt": _ID},
    "casework": CASEWORK,
    "join-page": JOIN_PAGE,
    "check": {"refusal": None, "warnings": [], "deadline": None},
    "members": _PAGE,
    "evidence": _PAGE,
    **{query: [] for query in ("my-campaigns", "experiences", "contacts", "filings", "ballots")},
}  # fmt: skip


@dataclass
class FakeCampaign:
    """Answers by name of command or query; an exception is raised, a function is called with the request."""

    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    asked: list[tuple[str, Caller, dict[str, Any]]] = field(default_factory=list)
    exported: list[dict[str, Any] | None] = field(default_factory=list)

    @property
    def commands(self) -> list[Command]:
        return [request.command for request in self.requests]

    def execute(self, request: Request, body: BinaryIO | None = None) -> dict[str, Any]:
        self.requests.append(request)
        if body is not None:
            self.bodies.append(body.read())
        name = type(request.command).__name__
        told: dict[str, Any] = _answer(self.answers.get(name, USUAL.get(name, {})), request)
        return told

    def ask(self, query: str, caller: Caller, args: Mapping[str, Any]) -> Any:
        self.asked.append((query, caller, dict(args)))
        return _answer(self.answers.get(query, USUAL.get(query, {})), args)

    def open_file(self, caller: Caller, campaign: str, evidence: str, redacted: bool) -> File:
        told = self.answers.get("open_file")
        if told is None:
            raise Refused("not-found")
        file: File = _answer(told, None)
        return file

    def export(self, campaign: str, published: dict[str, Any] | None = None) -> Iterator[bytes]:
        self.exported.append(published)
        if campaign != str(CAMPAIGN):
            raise Refused("not-found")
        yield b"PK\x03\x04"
        yield b"rest"


def _answer(told: Answer, asked: Any) -> Any:
    if isinstance(told, Exception):
        raise told
    return told(asked) if callable(told) else told


@dataclass
class FakeNotifier:
    mails: list[Handover] = field(default_factory=list)

    def hand_over(self, mail: Handover) -> None:
        self.mails.append(mail)

    def unsubscribe(self, token: str) -> bool:
        return False

    def newest(self, email: str) -> Handover:
        return [mail for mail in self.mails if mail.email == email][-1]


@dataclass
class GatewayHouse:
    service: GatewayService
    campaign: FakeCampaign
    notifier: FakeNotifier
    clock: SettableClock
    stream: InProcessStream
    sequence: int = 0

    def client(self) -> FlaskClient:
        return self.service.app.test_client()

    def post(self, path: str, body: Any = None, token: str | None = None, **headers: str) -> Any:
        return self.send("POST", path, body, token, **headers)

    def send(self, method: str, path: str, body: Any = None, token: str | None = None, **headers: str) -> Any:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            told["Authorization"] = f"Bearer {token}"
        data = None if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        kind = "application/json" if data is not None else None
        return self.client().open(
            f"/api/v1{path}", method=method, data=data, content_type=told.pop("Content-Type", kind), headers=told,
            base_url=BASE,
        )  # fmt: skip

    def get(self, path: str, token: str | None = None, **headers: str) -> Any:
        return self.send("GET", path, None, token, **headers)

    def sign_in(self, email: str = "he.jing@example.org") -> str:
        """A session of this address, by the way that people take."""
        asked = self.post("/sign-in-links", {"email": email})
        mail = self.notifier.newest(email)
        signed = self.post("/sessions", {"token": mail.facts["token"], "browser": asked.json["browser"]})
        assert signed.status_code == 201, signed.json
        return str(signed.json["session"])

    def publish(self, key: str, data: Mapping[str, Any] | None, campaign: UUID = CAMPAIGN) -> None:
        """Puts a record on `progress.v1` and lets gateway follow."""
        self.sequence += 1
        envelope = Envelope(
            id=f"r{self.sequence}", source="/notifier/progress", type="progress", time=self.clock.now(),
            partitionkey=str(campaign), sequence=self.sequence, data=b"" if data is None else orjson.dumps(data),
        )  # fmt: skip
        self.stream.publish(PROGRESS, [Record(envelope, own_key=key, tombstone=data is None)])
        self.follow()

    def follow(self) -> None:
        while self.service.workers[0].run_once():
            pass

    def shows(self, campaign: UUID = CAMPAIGN, *, title: str = "OK钱包:账户被盗", **numbers: Any) -> None:
        """A published campaign with its first entry."""
        self.publish(str(campaign), {"document": a_document(campaign, **numbers), "words": some_words(title)}, campaign)
        self.publish(f"{campaign}/1", an_entry(campaign, 1), campaign)


def a_document(campaign: UUID = CAMPAIGN, **numbers: Any) -> dict[str, Any]:
    return {
        "backing": {"1": 2}, "ballots": [], "campaign": str(campaign), "claimed": {"CNY": "8800.00"}, "claims": 2,
        "claims_by_problem": [], "demand_kinds": ["compensate"], "demand_version": 1, "evidence_accepted": 0,
        "evidence_submitted": 1, "feed": 1, "filings": {"open": 1},
        "growth": [{"day": "2026-05-11", "members": 1}, {"day": "2026-05-12", "members": 2}], "jurisdiction": "cn",
        "members_confirmed": 2, "members_invalidated": 0, "members_pending": 1, "members_withdrawn": 0,
        "next_deadline": None, "offered": {}, "paid": {}, "problem": "account_stolen",
        "promises": {"open": 0, "kept": 0, "broken": 0}, "provider_kind": "payment-institution", "recovery": None,
        "results": {}, "satisfied": 0, "size": 12, "state": "open", "step": None, "time": "2026-05-12T00:00:00Z",
        "timezone": "Asia/Shanghai", "unsatisfied": 0, **numbers,
    }  # fmt: skip


def some_words(title: str) -> dict[str, Any]:
    demands = [{"kind": "compensate", "text": "赔付被盗资金"}]
    return {"title": title, "summary": "多名用户余额被转走", "provider_name": "OK钱包", "demands": demands}


def an_entry(campaign: UUID, number: int, kind: str = "campaign.published", **more: Any) -> dict[str, Any]:
    numbers = {"members_confirmed": 2, "claims": 2, "claimed": {"CNY": "8800.00"}, "step": None}
    told = {
        "campaign": str(campaign), "number": number, "index": number * 3,
        "event": f"{number:08d}-0000-4000-8000-0000000000aa",
        "kind": kind, "time": f"2026-05-{10 + number:02d}T12:10:00Z", "data": {"demand_version": 1},
        "text": {"title": "OK钱包:账户被盗"}, "numbers": numbers,
    }  # fmt: skip
    return told | more


def a_gateway(tmp_path: Path, *, pages: bool = False, **settings: Any) -> GatewayHouse:
    """The API and the feeds; with `pages` also what people see."""
    secrets = tmp_path / "secrets"
    secrets.mkdir(mode=0o700, parents=True, exist_ok=True)
    pepper = secrets / "pepper"
    if not pepper.exists():
        pepper.write_bytes(b"p" * 32)
        pepper.chmod(0o600)
    told = {"base_url": BASE, "data": tmp_path, "links_per_quarter_hour": 3, "stream_seconds": 0.3, **settings}
    if "database_url" not in settings:
        copied(_empty_database, tmp_path)
    clock, campaign, notifier = SettableClock(START), FakeCampaign(), FakeNotifier()
    stream = InProcessStream(tmp_path / "stream.db")
    service = build(GatewaySettings(**told), clock, campaign, notifier, stream, pages=pages)
    return GatewayHouse(service, campaign, notifier, clock, stream)


def _empty_database(folder: Path) -> None:
    open_database(GatewaySettings(data=folder)).dispose()


@contextmanager
def gateway_on(kind: str, folder: Path, **settings: Any) -> Iterator[GatewayHouse]:
    """`kind` is one of DATABASES; closed at the end."""
    with ExitStack() as closing:
        if kind == "postgres":
            base = closing.enter_context(database(MIGRATIONS))
            settings |= {"database_url": base.url, "database_password": base.password}
            key = folder / "secrets" / "gateway-key"
            key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            key.touch(mode=0o600)
            key.write_bytes(b"k" * 32)
        house = a_gateway(folder, **settings)
        closing.callback(house.stream.close)
        closing.callback(house.service.close)
        yield house


def a_file(content: bytes) -> File:
    return File("截图 1.png", "image/png", len(content), iter([content]))


def form(name: str, content: bytes, **fields: str) -> dict[str, Any]:
    return {**fields, "file": (io.BytesIO(content), name)}
