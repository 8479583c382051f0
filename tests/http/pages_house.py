"""A gateway with its pages, a campaign that answers with a full record, and a browser that signs in and fills forms."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from services.kit.addresses import person_key
from tests.support.gateway_house import BASE, CAMPAIGN, CASEWORK, JOIN_PAGE, OTHER, GatewayHouse, a_gateway

ID = str(OTHER)
EMAIL = "ma.chao@example.org"
EVIDENCE: dict[str, Any] = {
    "evidence": ID, "subject": ID, "member_name": "马超", "kind": "screenshot", "file_name": "提醒.png",
    "media_type": "image/png", "size": 2048, "digest": "ab" * 32, "captured": "2026-05-10T07:40:00+08:00",
    "note": "异地登录", "state": "submitted", "review_note": None, "redacted": False,
    "submitted_at": "2026-05-11T13:30:00Z",
}  # fmt: skip
CONTACT: dict[str, Any] = {
    "contact": ID, "step": "cn-cs", "channel": "hotline", "agent": "小林", "staff_number": "A2093",
    "said": "三日内回电", "at": "2026-05-12T01:00:00Z", "by": "own", "logger": ID,
    "promises": [{"promise": ID, "what": "回电", "until": "2026-05-15T10:00:00Z", "state": "open"}],
}  # fmt: skip
FILING: dict[str, Any] = {
    "filing": ID, "step": "cn-psp-formal", "name": {"zh": "正式投诉", "en": "Formal complaint"}, "by": "own",
    "filer": ID, "statement": "要求赔付", "state": "open", "filed_on": "2026-05-12", "receipt": "OK-1",
    "received_on": "2026-05-12", "deadline": "2026-05-27", "override_reason": None, "warnings": [], "response": None,
    "materials": [{"request": ID, "asked": "报案回执", "member": None, "until": "2026-05-16", "given": []}],
    "version": 3,
}  # fmt: skip
BALLOT: dict[str, Any] = {
    "ballot": ID, "question": "是否接受？", "options": ["接受", "不接受"], "until": "2026-05-20T12:00:00Z",
    "state": "open", "counts": None, "voted": False, "receipt": None,
}  # fmt: skip
RECORD: dict[str, Any] = {
    "subject": ID, "state": "confirmed", "name": "马超", "email": EMAIL, "locale": "zh-CN",
    "joined_at": "2026-05-11T13:00:00Z", "demand_version": 1, "current_demand_version": 1, "consents": [],
    "claim": {
        "problem": "account_stolen", "remedy": "compensate", "happened": "2026-05-10T03:12:00+08:00",
        "amount": "8800.00", "currency": "CNY", "private": False, "reference": "OK-1", "details": "被盗",
        "stated_at": "2026-05-11T13:20:00Z",
    },
    "safety": [], "urgent": {"zh": "先冻结账户", "en": "Freeze the account first"}, "evidence": [EVIDENCE],
    "contacts": [CONTACT], "filings": [FILING], "materials": [{**FILING["materials"][0], "filing": ID}],
    "ballots": [BALLOT], "rating": None,
    "checklist": [{"text": {"zh": "交易记录", "en": "Transactions"}, "kinds": ["screenshot"], "satisfied": False}],
    "steps": [{"step": "cn-cs", "name": {"zh": "客服", "en": "Service"}, "state": "done", "reason": None}],
}  # fmt: skip
CONSOLE: dict[str, Any] = {
    **{name: JOIN_PAGE[name] for name in ("campaign", "state", "title", "summary", "provider", "problem", "demands",
                                          "demand_version", "jurisdiction", "timezone", "locale")},
    "version": 7, "role": "organizer", "actor": ID, "step": "cn-cs",
    "organizers": [{"organizer": ID, "name": "何静", "state": "active"}],
    "auditors": [{"auditor": ID, "name": "陈审", "expires_on": "2026-12-31"}],
    "steps": [{
        "step": "cn-psp-formal", "name": {"zh": "正式投诉", "en": "Formal complaint"}, "kind": "provider",
        "filers": ["collective", "own"], "state": "available", "next": True, "reason": None, "warnings": [],
        "deadlines": [],
    }],
    "to_review": 1, "due": [{"what": "filing", "filing": ID, "step": "cn-psp-formal", "on": "2026-05-27"}],
    "counts": {"members": 2, "pending": 1, "evidence": 1, "filings": 1},
}  # fmt: skip
PLAYBOOK: dict[str, Any] = {
    "jurisdiction": "cn", "name": {"zh": "中国内地", "en": "Mainland China"}, "as_of": "2026-09",
    "steps": [{
        "id": "cn-psp-formal", "name": {"zh": "正式投诉", "en": "Formal complaint"}, "filers": ["own", "collective"],
        "deadlines": [], "requires": None, "letter": "l", "who": [], "contact": [], "preconditions": [], "law": [],
        "evidence_demanded": [], "outcome": [],
        "note": [{"zh": "注意", "en": "Note", "sources": [], "verified": False}],
    }],
    "facts": [], "hotlines": [], "sources": {}, "guidance": [], "demands": {},
    "letters": {"l": {"zh": "{provider}：{facts} {demands} {nothing}", "en": "To {provider}: {facts} {nothing}"}},
}  # fmt: skip
MEMBER = {
    "subject": ID, "name": "马超", "state": "confirmed", "joined_at": "2026-05-11T13:00:00Z", "demand_version": 1,
    "claim": RECORD["claim"], "evidence": 1, "accepted": 0,
}  # fmt: skip
REPLAY = {
    "size": 3, "time": "2026-05-11T12:10:00Z", "next": None,
    "progress": {
        "members_confirmed": 0, "claims": 0, "claimed": {}, "evidence_accepted": 0, "filings": {}, "step": None,
    },
    "events": [{"index": 0, "id": ID, "type": "campaign.drafted", "time": "2026-05-11T12:00:00Z",
                "actor_role": "organizer", "data": {"jurisdiction": "cn"}, "text": {"title": "题"}}],
}  # fmt: skip


ANSWERS: dict[str, Any] = {
    "my-record": RECORD, "console": CONSOLE, "playbook": PLAYBOOK, "replay": REPLAY, "casework": CASEWORK,
    "members": {"items": [MEMBER], "next": "9"}, "evidence": {"items": [EVIDENCE], "next": None},
    "contacts": [CONTACT], "filings": [FILING], "ballots": [BALLOT],
    "my-campaigns": [{
        "campaign": str(CAMPAIGN), "title": "题", "state": "open", "roles": ["organizer", "member"],
        "member_state": "confirmed",
    }],
}  # fmt: skip


class Pages:
    """`get` and `post` are what a browser does; `house` stands behind."""

    def __init__(self, folder: Path) -> None:
        self.house: GatewayHouse = a_gateway(folder, pages=True, links_per_quarter_hour=1000)
        self.house.shows()
        self.anew()

    def anew(self) -> None:
        """A fresh browser before a campaign that remembers nothing."""
        campaign = self.house.campaign
        campaign.requests, campaign.bodies, campaign.asked, campaign.answers = [], [], [], dict(ANSWERS)
        self.browser: FlaskClient = self.house.client()

    def signs_in(self, email: str = EMAIL) -> None:
        sessions = self.house.service.services.accounts.sessions
        opened = sessions.open(person_key(b"p" * 32, email).hex(), email, "zh-CN")
        self.browser.set_cookie("chorus", opened.token, domain="localhost")

    def get(self, path: str) -> TestResponse:
        return self.browser.get(path, base_url=BASE)

    def post(self, path: str, fields: dict[str, Any], shown: str | None = None) -> TestResponse:
        """As from the page at `shown`, with the token that it holds."""
        page = self.get(shown or path).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found is not None, page
        once = re.search(r'name="once" value="([^"]+)"', page)
        data = {"csrf_token": found[1], **({"once": once[1]} if once else {}), **fields}
        return self.browser.post(path, data=data, base_url=BASE, headers={"Sec-Fetch-Site": "same-origin"})

    @property
    def sent(self) -> list[Any]:
        return self.house.campaign.commands

    def close(self) -> None:
        self.house.service.close()
