"""What people do to a server through its public API: sign in, launch a campaign, join it, read their mail."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import urlencode

from tests.load.running import Door

LAUNCH = {
    "jurisdiction": "cn",
    "timezone": "Asia/Shanghai",
    "title": "青禾钱包重复扣款",
    "provider": {"name": "青禾钱包", "kind": "payment-institution"},
    "problem": "duplicate_charge",
    "summary": "一次付款扣了两次",
    "demands": [{"kind": "refund", "text": "全额退款"}],
    "organizer_name": "陈静",
    "locale": "zh-CN",
}
_TOKEN = re.compile(r"[#/=]([A-Za-z0-9_-]{40,})")


def mails(door: Door, to: str | None = None, kind: str | None = None, *, brief: bool = False) -> list[dict[str, Any]]:
    """What lies in the mailbox, oldest first; `brief` without the bodies."""
    asked = {"to": to, "kind": kind, "brief": "1" if brief else None}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    found: list[dict[str, Any]] = door.get(f"/_mailbox/messages?{query}").json
    return found


def mailed_token(door: Door, to: str, kind: str, seconds: float = 20.0) -> str:
    """The token in the newest mail of this kind."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        found = mails(door, to, kind)
        tokens = [match[1] for link in (found[-1]["links"] if found else ()) if (match := _TOKEN.search(link))]
        if tokens:
            return tokens[0]
        time.sleep(0.05)
    raise AssertionError(f"no {kind} mail came")


def signed_in(door: Door, email: str) -> str:
    """A session, by the way that people take."""
    browser = door.api("POST", "/sign-in-links", {"email": email})["browser"]
    token = mailed_token(door, email, "sign-in")
    return str(door.api("POST", "/sessions", {"token": token, "browser": browser})["session"])


def published(door: Door, session: str, **changed: object) -> str:
    """The id of a campaign that can be joined."""
    launched = door.api("POST", "/campaigns", {**LAUNCH, **changed}, session)
    door.api("POST", f"/campaigns/{launched['campaign']}/publish", None, session)
    return str(launched["campaign"])


def a_join(email: str, name: str = "赵敏") -> dict[str, object]:
    return {"email": email, "name": name, "locale": "zh-CN", "consent": True}
