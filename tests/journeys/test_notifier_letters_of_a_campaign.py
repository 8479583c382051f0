"""Li Wei leads a campaign about duplicate charges for three weeks: which letters come, when, to whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.contracts.notifier_port import Handover
from tests.support.post_office import PostOffice

SHANGHAI = ZoneInfo("Asia/Shanghai")
LI = "li.wei@example.org"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    office = PostOffice(tmp_path, start=at("2026-03-02T09:20"))
    office.launches()
    yield office
    office.close()


def test_the_letters_of_three_weeks(office: PostOffice) -> None:
    li = office.organizer
    joined = [office.joins(f"{name}@example.org") for name in ("wang", "zhao", "sun")]
    noor = office.joins("noor@example.org", "Noor Haddad", "en")
    office.settle()
    for subject in joined:
        office.confirms(subject)
    office.service.port.hand_over(Handover("again", "already-joined", "zhao@example.org", "zh-CN", {}, office.campaign))
    office.settle()
    assert office.mails(to="noor@example.org")[0].language == "en"

    contact, promise = office.new_id(), office.new_id()
    office.happens("contact.logged", contact, actor=li, step="cn-cs", channel="hotline")
    until = "2026-03-05T10:00:00Z"
    office.happens("contact.promise_recorded", contact, actor=li, step="cn-cs", promise=promise, until=until)
    office.advances(at("2026-03-05T18:00"))
    private: dict[str, object] = {"what": "三个工作日内答复"}
    office.happens("contact.promise_broken", contact, step="cn-cs", promise=promise, private=private)
    office.settle()
    (broken,) = office.mails(kind="promise-broken", to=LI)
    assert "三个工作日内答复" in broken.text
    assert "2026年3月5日 18:00" in broken.text

    office.advances(at("2026-03-09T10:00"))
    filing = office.new_id()
    office.happens("filing.submitted", filing, actor=li, step="cn-psp-formal", filed_on="2026-03-06")
    receipt: dict[str, Any] = {"step": "cn-psp-formal", "received_on": "2026-03-09", "deadline": "2026-03-24"}
    office.happens("filing.receipt_recorded", filing, actor=li, **receipt)
    sun = joined[2]
    office.happens("membership.withdrew", sun, subject=sun, actor=sun)
    words: dict[str, object] = {"demand_texts": ["全额退款", "资金占用费"]}
    office.happens("campaign.demands_revised", actor=li, words=words, demand_version=2, demand_kinds=["refund", "fix"])
    office.advances(at("2026-03-23T07:59"))
    assert office.mails(kind="deadline-near") == []
    office.advances(at("2026-03-23T09:00"))
    assert [mail.to for mail in office.mails(kind="deadline-near")] == [LI]

    office.advances(at("2026-03-25T00:00"))
    office.happens("filing.deadline_lapsed", filing, step="cn-psp-formal", deadline="2026-03-24")
    office.advances(at("2026-03-25T08:30"))
    assert [mail.to for mail in office.mails(kind="deadline-lapsed")] == [LI]

    assert Counter(mail.kind for mail in office.mails()) == {
        "confirmation": 4, "welcome": 3, "already-joined": 1, "promise-broken": 1, "demands-revised": 2,
        "deadline-near": 1, "deadline-lapsed": 1,
    }  # fmt: skip
    assert [mail.kind for mail in office.mails(to="noor@example.org")] == ["confirmation"]
    assert noor not in [row.recipient for row in office.outbox("demands-revised")]
