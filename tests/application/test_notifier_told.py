"""What a notifier tells those who run it: which request a mail goes back to, what became of it, what waits."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import structlog

from services.contracts.notifier_port import Handover
from services.kit import logs
from tests.support.post_office import START, PostOffice

REQUEST = "5f1c3f0a-9e5b-4d6c-8a7b-6c5d4e3f2a1b"
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    office = PostOffice(tmp_path)
    yield office
    office.close()


@pytest.fixture
def sent() -> Iterator[Lines]:
    root, before, out = logging.getLogger(), structlog.get_config(), io.StringIO()
    handlers, level = root.handlers[:], root.level
    logs.configure("notifier", stream=out)
    yield lambda: [line for line in map(orjson.loads, out.getvalue().splitlines()) if line["event"] == "mail sent"]
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


def test_the_line_of_a_mail_names_the_request_behind_its_event(office: PostOffice, sent: Lines) -> None:
    office.launches()
    subject = office.knows(office.new_id(), "wang@example.org")
    office.happens("membership.joined", subject, subject=subject, actor=subject, locale="zh-CN", correlation=REQUEST)
    office.settle()
    lines = sent()
    assert [line["kind"] for line in lines if line.get("correlation_id") == REQUEST] == ["confirmation"]
    assert "wang" not in str(lines)


def test_so_does_each_mail_of_a_fan_out(office: PostOffice, sent: Lines) -> None:
    office.launches()
    for n in range(3):
        office.member(f"m{n}@example.org")
    words = {"title": "进展", "text": "已提交"}
    office.happens("campaign.update_published", actor=office.organizer, words=words, correlation=REQUEST)
    office.settle()
    assert [line["kind"] for line in sent() if line.get("correlation_id") == REQUEST] == ["update"] * 3


def test_so_does_a_mail_that_was_handed_over(office: PostOffice, sent: Lines) -> None:
    facts = {"token": "tok-1", "code": "ABCD-2345"}
    office.service.port.hand_over(Handover("h", "sign-in", "li@example.org", "zh-CN", facts, correlation=REQUEST))
    office.service.port.hand_over(Handover("i", "sign-in", "he@example.org", "zh-CN", facts))
    office.settle()
    assert sorted(line.get("correlation_id", "") for line in sent()) == ["", REQUEST]


def test_what_became_of_mails_is_counted_and_what_waits_is_shown(office: PostOffice) -> None:
    office.launches()
    office.member()
    told = office.metrics
    assert told.value("chorus_mails_total", kind="confirmation", outcome="sent") == 1
    assert told.value("chorus_mail_seconds_count") == len(office.mails())
    late = Handover("h", "sign-in", "li@example.org", "zh-CN", {"token": "t", "code": "c"})
    office.service.port.hand_over(late)
    office.clock.set(office.clock.now() + timedelta(seconds=90))
    assert told.value("chorus_outbox_due", priority="at-the-door") == 1
    assert told.value("chorus_outbox_oldest_seconds", priority="at-the-door") == 90
    assert told.value("chorus_outbox_due", priority="fan-out") == 0
    assert office.clock.now() > START
