"""A small campaign whose people entrust it all that can be entrusted, in words that occur nowhere else."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from PIL import Image

from tests.load.people import LAUNCH, mails
from tests.load.running import Answer, Door, Server

START: Final = "2026-03-02T09:00:00+08:00"
NAMES: Final = {"organizer": "何蓝鸲", "kun": "欧阳鲲鹏", "lan": "上官岚烟", "tan": "Tanager Quillfeather"}
ADDRESSES: Final = {
    "organizer": "bluebird.7701@example.org",
    "kun": "kunpeng.7731@example.org",
    "lan": "lanyan.7741@example.org",
    "tan": "tanager.7751@example.org",
    "auditor": "auditor.7761@example.org",
    "invited": "invited.7771@example.org",
    "new": "moved.7781@example.org",
}
ENTRUSTED: Final = {
    "auditor name": "司徒鹡鸰",
    "reference": "TX88417CANARY20260227",
    "amount": "731942.17",
    "details": "金丝雀细节:半夜被转走",
    "file name": "canary-statement-5521.png",
    "note": "金丝雀便签",
    "agent": "客服朱鹮",
    "staff number": "STAFF8047CANARY",
    "said": "金丝雀说三日内退回",
    "promise": "金丝雀承诺周五前答复",
    "statement": "金丝雀陈述全文",
    "own receipt": "RCPT9090CANARY",
    "collective receipt": "RCPT7070CANARY",
    "asked": "金丝雀请补充流水",
    "response": "金丝雀答复不予退款",
    "rating": "金丝雀评价满意",
}
_TOKEN: Final = re.compile(r"[#/=]([A-Za-z0-9_-]{40,})")


class Campaign:
    """A small campaign whose people entrust it all that can be entrusted."""

    def __init__(self, server: Server, door: Door) -> None:
        self.server, self.door = server, door
        self.sessions: dict[str, str] = {}
        self.id = ""

    def live(self) -> None:
        self._sign_in("organizer")
        launched = self._act("organizer", "POST", "/campaigns", {**LAUNCH, "organizer_name": NAMES["organizer"]})
        self.id = launched["campaign"]
        self._do("organizer", "POST", "/publish")
        for who in ("kun", "lan", "tan"):
            self._join(who)
        self._members_entrust()
        self._staff_entrusts()

    def erase(self, who: str) -> None:
        self._do(who, "POST", "/me/erase")
        self.settle()

    def settle(self) -> None:
        answer = self.door.send("POST", "/_clock/settle")
        assert answer.status == 200, answer.body

    def get(self, path: str, who: str | None = None) -> Answer:
        return self.door.get(path, self.sessions.get(who or ""))

    def _members_entrust(self) -> None:
        claim = {
            "what": "duplicate_charge", "remedy": "refund", "happened": "2026-02-27T21:14:00+08:00",
            "amount": ENTRUSTED["amount"], "currency": "CNY", "private": True, "reference": ENTRUSTED["reference"],
            "details": ENTRUSTED["details"],
        }  # fmt: skip
        self._do("kun", "PUT", "/me/claim", claim)
        self._evidence("kun")
        filing = self._file("kun", "own", ENTRUSTED["own receipt"])
        self._do("organizer", "POST", "/materials", {"asked": ENTRUSTED["asked"], "filing": filing})
        told = {"verdict": "refused", "responder": ENTRUSTED["agent"], "text": ENTRUSTED["response"]}
        self._do("kun", "POST", f"/filings/{filing}/responses", told)
        self._do("lan", "PUT", "/me/contact", {"email": ADDRESSES["new"]})
        token = self._mailed(ADDRESSES["new"])
        self.door.api("POST", "/contact-confirmations", {"token": token})

    def _staff_entrusts(self) -> None:
        call = {"step": "cn-cs", "channel": "hotline", "by": "collective", "agent": ENTRUSTED["agent"]}
        told = {**call, "staff_number": ENTRUSTED["staff number"], "said": ENTRUSTED["said"]}
        contact = self._do("organizer", "POST", "/contacts", told)["contact"]
        promise = {"until": "2026-03-05T18:00:00+08:00", "what": ENTRUSTED["promise"]}
        self._do("organizer", "POST", f"/contacts/{contact}/promises", promise)
        self._file("organizer", "collective", ENTRUSTED["collective receipt"])
        self._do("organizer", "POST", "/organizers", {"email": ADDRESSES["invited"]})
        seat = {"name": ENTRUSTED["auditor name"], "email": ADDRESSES["auditor"], "expires_on": "2026-12-31"}
        self._do("organizer", "POST", "/auditors", seat)
        self._do("organizer", "POST", "/updates", {"title": "第一周", "body": "已提交正式投诉,等待答复。"})
        ballot = {"question": "是否接受", "options": ["接受", "继续"], "until": "2026-03-09T20:00:00+08:00"}
        opened = self._do("organizer", "POST", "/ballots", ballot)["ballot"]
        self._do("kun", "POST", f"/ballots/{opened}/votes", {"option": 1})
        self._do("organizer", "POST", "/outcome", {"demands": {"1": "met"}})
        self._do("kun", "PUT", "/me/rating", {"satisfied": True, "text": ENTRUSTED["rating"]})
        self.settle()

    def _join(self, who: str) -> None:
        body = {"email": ADDRESSES[who], "name": NAMES[who], "locale": "zh-CN", "consent": True}
        for _ in range(2):
            self.door.api("POST", f"/campaigns/{self.id}/members", body)
        token = self._mailed(ADDRESSES[who])
        self.sessions[who] = self.door.api("POST", "/confirmations", {"token": token})["session"]

    def _sign_in(self, who: str) -> None:
        browser = self.door.api("POST", "/sign-in-links", {"email": ADDRESSES[who]})["browser"]
        told = {"token": self._mailed(ADDRESSES[who]), "browser": browser}
        self.sessions[who] = self.door.api("POST", "/sessions", told)["session"]

    def _mailed(self, to: str) -> str:
        self.settle()
        found = [match[1] for link in mails(self.door, to)[-1]["links"] if (match := _TOKEN.search(link))]
        return found[0]

    def _evidence(self, who: str) -> None:
        picture = io.BytesIO()
        Image.new("RGB", (8, 8), "white").save(picture, "PNG")
        parts = {"kind": b"screenshot", "note": ENTRUSTED["note"].encode()}
        edge, lines = b"canary-edge", []
        for name, value in parts.items():
            lines += [b"--" + edge, f'Content-Disposition: form-data; name="{name}"'.encode(), b"", value]
        lines += [
            b"--" + edge, f'Content-Disposition: form-data; name="file"; filename="{ENTRUSTED["file name"]}"'.encode(),
            b"Content-Type: image/png", b"", picture.getvalue(), b"--" + edge + b"--", b"",
        ]  # fmt: skip
        path = f"/campaigns/{self.id}/me/evidence"
        kind = "multipart/form-data; boundary=canary-edge"
        self.door.api("POST", path, b"\r\n".join(lines), self.sessions[who], Content_Type=kind)

    def _file(self, who: str, by: str, receipt: str) -> str:
        statement = ENTRUSTED["statement"] if by == "own" else "附成员授权与证据目录"
        told = {"step": "cn-psp-formal", "by": by, "statement": statement, "override_reason": "情况紧急"}
        filing: str = self._do(who, "POST", "/filings", told)["filing"]
        self._do(who, "POST", f"/filings/{filing}/receipt", {"number": receipt})
        return filing

    def _do(self, who: str, method: str, path: str, body: object = None) -> Any:
        return self._act(who, method, f"/campaigns/{self.id}{path}", body)

    def _act(self, who: str, method: str, path: str, body: object = None) -> Any:
        return self.door.api(method, path, body, self.sessions[who])


@contextmanager
def lived(folder: Path) -> Iterator[Campaign]:
    server = Server(folder / "data", "--settable-clock", START, module="tests.support.talkative_server")
    server.start()
    try:
        with Door(server.port) as door:
            campaign = Campaign(server, door)
            campaign.live()
            yield campaign
    finally:
        server.stop()
