"""A whole installation in one process with a campaign in the midst of life, for looking at its pages."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from werkzeug.serving import make_server

from services.contracts import commands_v1 as c
from services.embedded.compose import Embedded, build
from services.embedded.settings import EmbeddedSettings
from services.gateway.accounts.sealing import read_secret
from services.kit.addresses import person_key
from tests.support.campaign_house import TEXT_FILE

SHANGHAI = ZoneInfo("Asia/Shanghai")
HE, MA, GU = "he.jing@example.org", "ma.chao@example.org", "gu.xiao@example.org"


@dataclass
class Life:
    """`who` are the addresses of the organizer and of members; `ids` what was made."""

    embedded: Embedded
    url: str
    folder: Path
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def campaign(self) -> UUID:
        return UUID(self.ids["campaign"])

    def caller(self, email: str) -> c.Caller:
        return c.Caller(person=self.person(email))

    def person(self, email: str) -> str:
        pepper = read_secret(self.folder / "campaign" / "secrets" / "pepper")
        return person_key(pepper, email).hex()

    def does(self, email: str | None, command: c.Command, body: bytes | None = None) -> dict[str, Any]:
        caller = c.Caller() if email is None else self.caller(email)
        told: dict[str, Any] = self.embedded.campaign.execute(
            c.Request(command, caller), None if body is None else BytesIO(body)
        )
        return told

    def session(self, email: str) -> str:
        """The cookie of a browser that is signed in."""
        return self.embedded.gateway.services.accounts.sessions.open(self.person(email), email, "zh-CN").token

    def comes(self, text: str) -> None:
        self._door("/_clock", {"to": local(text).isoformat()})
        self.settle()

    def settle(self) -> None:
        self._door("/_clock/settle", {})

    def letters(self, to: str) -> list[dict[str, Any]]:
        found = self.embedded.app.test_client().get("/_mailbox/messages", query_string={"to": to}, base_url=self.url)
        return list(found.json or ())

    def _door(self, path: str, body: dict[str, Any]) -> None:
        answer = self.embedded.app.test_client().post(path, json=body, base_url=self.url)
        assert answer.status_code == 200, answer.text


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@contextmanager
def a_life(folder: Path) -> Iterator[Life]:
    """Served on a free port of loopback."""
    port = free_port()
    embedded = build(EmbeddedSettings(folder, port, clock_start=datetime(2026, 5, 11, 12, 0, tzinfo=UTC)))
    server = make_server("127.0.0.1", port, embedded.app, threaded=True)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    embedded.start()
    serving.start()
    try:
        life = Life(embedded, f"http://127.0.0.1:{port}", folder)
        begins(life)
        yield life
    finally:
        server.shutdown()
        serving.join(5)
        server.server_close()
        embedded.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def begins(life: Life) -> None:
    """Launched, published, joined by two; then contacts, filings, evidence, a ballot, updates."""
    told = life.does(HE, launch())
    life.ids["campaign"] = told["campaign"]
    life.does(HE, c.PublishCampaign(life.campaign))
    for email, name in ((MA, "马超"), (GU, "顾晓")):
        life.does(None, c.JoinCampaign(life.campaign, email, name, "zh-CN"))
        life.settle()
        token = token_of(life.letters(email)[-1])
        life.does(None, c.ConfirmMembership(token))
    case(life)
    staff(life)


def launch() -> c.LaunchCampaign:
    demands = [
        c.Demand("compensate", "赔付被盗资金"),
        c.Demand("unfreeze", "核验身份后解锁账户"),
        c.Demand("apologise", "公开说明"),
    ]
    return c.LaunchCampaign(
        jurisdiction="cn",
        timezone="Asia/Shanghai",
        title="OK钱包：账户被盗、申诉被锁，要求赔付",
        provider_name="OK钱包",
        provider_kind="payment-institution",
        problem="account_stolen",
        summary="多名用户同一周内收到异地登录提醒，余额被转走，申诉后账户反被锁定。",
        demands=demands,
        organizer_name="何静",
        organizer_email=HE,
        locale="zh-CN",
    )


def case(life: Life) -> None:
    campaign = life.campaign
    life.comes("2026-05-12 09:00")
    happened = local("2026-05-10 03:12")
    life.does(
        MA,
        c.StateClaim(
            campaign,
            "account_stolen",
            "compensate",
            happened,
            Decimal("8800.00"),
            "CNY",
            reference="OK0510-8812",
            details="凌晨收到异地登录提醒，早上发现余额被转走。",
        ),
    )
    life.does(GU, c.StateClaim(campaign, "account_frozen", "unfreeze", happened, Decimal("0"), "CNY"))
    sent = life.does(
        MA, c.SubmitEvidence(campaign, "communication", "客服聊天.txt", "text/plain", note="与客服的对话"), TEXT_FILE
    )
    life.ids["evidence"] = sent["evidence"]
    said = life.does(MA, c.LogContact(campaign, "cn-cs", "hotline", "客服小林", "A2093", "三日内专员回电", "own"))
    life.ids["contact"] = said["contact"]
    life.does(MA, c.RecordPromise(campaign, UUID(said["contact"]), local("2026-05-15 18:00"), "专员回电"))
    filed = life.does(MA, c.SubmitFiling(campaign, "cn-psp-formal", "own", "要求赔付被盗资金8800元"))
    life.ids["filing"] = filed["filing"]
    life.does(MA, c.RecordReceipt(campaign, UUID(filed["filing"]), "OKTS-77120"))
    asked = life.does(
        HE, c.RequestMaterial(campaign, "身份证明与报案回执", until=date(2026, 5, 16), filing=UUID(filed["filing"]))
    )
    life.ids["request"] = asked["request"]
    life.settle()


def staff(life: Life) -> None:
    campaign = life.campaign
    life.comes("2026-05-13 10:00")
    said = life.does(HE, c.LogContact(campaign, "cn-cs", "hotline", "客服小许", "A2107", "统一登记", "collective"))
    life.ids["staff-contact"] = said["contact"]
    filed = life.does(HE, c.SubmitFiling(campaign, "cn-psp-formal", "collective", "我们要求赔付、解锁并公开说明。"))
    life.ids["staff-filing"] = filed["filing"]
    opened = life.does(
        HE, c.OpenBallot(campaign, "是否接受先行赔付五千元的方案？", ["接受", "不接受"], local("2026-05-20 20:00"))
    )
    life.ids["ballot"] = opened["ballot"]
    life.does(HE, c.PublishUpdate(campaign, "已正式投诉", "已向支付机构提交正式投诉，等待受理编号。"))
    auditor = life.does(HE, c.InviteAuditor(campaign, "陈审", "chen@audit.example.org", "zh-CN", date(2026, 12, 31)))
    life.ids["auditor"] = auditor["auditor"]
    mine = life.embedded.campaign.ask("console", life.caller(HE), {"campaign": str(campaign)})
    life.ids["organizer"] = mine["organizers"][0]["organizer"]
    people = life.embedded.campaign.ask("members", life.caller(HE), {"campaign": str(campaign)})
    life.ids["subject"] = people["items"][0]["subject"]
    life.settle()


def token_of(letter: dict[str, Any]) -> str:
    """Of the link that the mail's button has."""
    link = next(one for one in letter["links"] if "/confirm/" in one)
    return str(link).rsplit("/", 1)[1]
