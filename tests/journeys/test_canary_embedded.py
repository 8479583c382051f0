"""Nothing that a person entrusts to a campaign comes out where anybody may look, and after erasure nowhere at all."""

from __future__ import annotations

import io
import re
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import pytest
from PIL import Image

from tests.load.running import LAUNCH, Answer, Door, Server, mails
from tests.support.haystack import Haystack

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
CANARIES: Final = [*NAMES.values(), *ADDRESSES.values(), *ENTRUSTED.values()]
_LINK: Final = re.compile(rb"""(?:href|src|action)=["']([^"'#]+)""")
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


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Campaign]:
    """Only looked at."""
    with lived(tmp_path_factory.mktemp("canary")) as campaign:
        yield campaign


def test_the_canaries_are_there_for_those_who_may_see_them(campaign: Campaign) -> None:
    seen = Haystack()
    seen.add("own record", campaign.get(f"/api/v1/campaigns/{campaign.id}/me", "kun").body)
    seen.add("own filings", campaign.get(f"/api/v1/campaigns/{campaign.id}/filings", "kun").body)
    seen.add("members", campaign.get(f"/api/v1/campaigns/{campaign.id}/members", "organizer").body)
    seen.add("contacts", campaign.get(f"/api/v1/campaigns/{campaign.id}/contacts", "organizer").body)
    found = {needle for _, needle in seen.found(CANARIES)}
    assert found >= {NAMES["kun"], NAMES["tan"], *(ENTRUSTED[name] for name in ("reference", "own receipt", "said"))}


def test_no_canary_in_logs_metrics_streams_leaves_or_export(campaign: Campaign) -> None:
    data, found = campaign.server.data, Haystack()
    found.add("log lines and requested URLs", campaign.server.log.read_bytes())
    found.add("metrics", campaign.get("/metrics").body)
    found.add_database(data / "stream.db")
    found.add_database(data / "campaign" / "events.db", ["stored_events", "content", "campaigns"])
    found.add_database(data / "notifier" / "notifier.db", ["progress_cells"])
    found.add_zip("export", campaign.get(f"/api/v1/campaigns/{campaign.id}/export").body)
    assert b"/me/claim" in campaign.server.log.read_bytes(), "the log was to tell of requests"
    assert found.found(CANARIES) == []


def test_no_canary_on_any_public_page_feed_or_answer(campaign: Campaign) -> None:
    found = Haystack()
    for path in _public_answers(campaign):
        found.add(path, campaign.get(path).body)
    found.add("live stream", _live(campaign))
    walked = list(_pages(campaign, ["/", f"/c/{campaign.id}", f"/c/{campaign.id}?lang=en"]))
    for path, body in walked:
        found.add(path, body)
    assert len(walked) > 10 and len(found) > 25, "the walk through the pages did not get far"
    assert found.found(CANARIES) == []


def test_no_name_or_address_lies_in_the_data_folder_in_clear(campaign: Campaign) -> None:
    found = Haystack()
    found.add_files(campaign.server.data, leaving_out=["notifier/mailbox"])
    assert found.found([*NAMES.values(), *ADDRESSES.values()]) == []


def test_after_erasure_no_file_knows_the_member(tmp_path: Path) -> None:
    with lived(tmp_path) as campaign:
        campaign.erase("kun")
        told = campaign.get(f"/api/v1/campaigns/{campaign.id}/members", "organizer").body
        assert NAMES["kun"].encode() not in told and NAMES["tan"].encode() in told
        _nothing_is_left(campaign.server)
    _nothing_is_left(campaign.server)


def _nothing_is_left(server: Server) -> None:
    found = Haystack()
    found.add_files(server.data, leaving_out=["notifier/mailbox"])
    found.add_database(server.data / "campaign" / "events.db")
    found.add("log lines", server.log.read_bytes())
    assert found.found([NAMES["kun"], ADDRESSES["kun"], *ENTRUSTED.values()]) == []


def test_the_search_finds_what_is_hidden_a_little() -> None:
    hidden = Haystack()
    hidden.add("json", b'{"name": "\\u6b27\\u9633\\u9cb2\\u9e4f"}')
    hidden.add("url", b"/?to=tanager.7751%40example.org")
    hidden.add("base64", b"WyJzYWx0IiwgIm5hbWUiLCAi5LiK5a6Y5bKa54OfIl0")
    assert {needle for _, needle in hidden.found(CANARIES)} == {NAMES["kun"], NAMES["lan"], ADDRESSES["tan"]}


def _public_answers(campaign: Campaign) -> Iterator[str]:
    """Every GET of the API's document that needs no session and no more than a campaign."""
    document = campaign.door.api("GET", "/openapi.json")
    for path, operations in document["paths"].items():
        whole = path.replace("{campaign}", campaign.id).replace("{jurisdiction}", "cn")
        if "get" in operations and "{" not in whole and not whole.endswith("/events"):
            yield whole if whole.startswith("/api/") else f"/api/v1{whole}"


def _live(campaign: Campaign) -> bytes:
    """The first second of the stream that pages listen to, from the beginning."""
    with socket.create_connection(("127.0.0.1", campaign.server.port), timeout=1) as connection:
        path = f"/api/v1/campaigns/{campaign.id}/events"
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nLast-Event-ID: 0-0\r\n\r\n".encode())
        received = b""
        try:
            while chunk := connection.recv(65_536):
                received += chunk
        except TimeoutError:
            pass
    return received


def _pages(campaign: Campaign, begin: list[str]) -> Iterator[tuple[str, bytes]]:
    """What a stranger reaches by following links."""
    waiting, known = deque(begin), set(begin)
    while waiting and len(known) < 400:
        path = waiting.popleft()
        answer = campaign.get(path)
        yield path, answer.body
        if "html" not in answer.headers.get("content-type", ""):
            continue
        for link in _LINK.findall(answer.body):
            target = urlsplit(urljoin(f"http://127.0.0.1:{campaign.server.port}{path}", link.decode()))
            whole = target.path + (f"?{target.query}" if target.query else "")
            outside = target.port != campaign.server.port or target.path.startswith("/_")
            if not outside and not whole.endswith("/events") and whole not in known:
                known.add(whole)
                waiting.append(whole)
