"""Senders against the real thing: a mail server that also defers, refuses, stalls and hangs up; and a folder."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.kit.failures import PermanentFailure, TemporaryFailure
from services.notifier.adapters.mailbox import FolderSender, Mailbox
from services.notifier.adapters.smtp import Server, SmtpSender
from services.notifier.application.ports import Message, Sender
from tests.support.smtp_sink import ScriptedServer, SmtpSink


def a_message(number: int = 1, to: str = "wang@example.org") -> Message:
    id = f"<m{number}@chorus.example>"
    head = f"From: a@chorus.example\r\nTo: {to}\r\nSubject: s{number}\r\nMessage-ID: {id}\r\n"
    head += "Date: Mon, 02 Mar 2026 01:00:00 +0000\r\nX-Chorus-Kind: update\r\n"
    return Message(id, to, (head + "\r\n.dot first\r\nbody https://chorus.example/c/1\r\n").encode())


@pytest.fixture
def sink(request: pytest.FixtureRequest) -> Iterator[SmtpSink]:
    sink = SmtpSink(pipelining=getattr(request, "param", False)).start()
    yield sink
    sink.stop()


either_way = pytest.mark.parametrize("sink", [False, True], ids=["one by one", "pipelined"], indirect=True)


@pytest.fixture
def smtp(sink: SmtpSink) -> Iterator[SmtpSender]:
    sender = SmtpSender(Server("127.0.0.1", sink.port, timeout_seconds=1.0), "chorus@chorus.example")
    yield sender
    sender.close()


@pytest.fixture(params=["smtp", "folder"])
def any_sender(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Sender, Callable[[], list[str]]]]:
    """A sender, and how to see the ids of what it sent."""
    if request.param == "folder":
        yield FolderSender(tmp_path), lambda: [seen.subject for seen in Mailbox(tmp_path).list()]
        return
    sink: SmtpSink = request.getfixturevalue("sink")
    sender: SmtpSender = request.getfixturevalue("smtp")
    yield sender, lambda: [str(message["Subject"]) for message in sink.taken]


def test_messages_arrive_in_order(any_sender: tuple[Sender, Callable[[], list[str]]]) -> None:
    sender, arrived = any_sender
    for number in range(3):
        sender.send(a_message(number))
    assert arrived() == ["s0", "s1", "s2"]


@either_way
def test_the_connection_is_kept(sink: SmtpSink, smtp: SmtpSender) -> None:
    for number in range(5):
        smtp.send(a_message(number))
    assert len(sink.taken) == 5
    assert sink.conversations == 1


@either_way
@pytest.mark.parametrize(
    ("answer", "family", "code"),
    [
        ("defer", TemporaryFailure, "deferred"),
        ("defer-address", TemporaryFailure, "deferred"),
        ("stall", TemporaryFailure, "conversation-broken"),
        ("drop", TemporaryFailure, "conversation-broken"),
        ("refuse", PermanentFailure, "message-refused"),
        ("refuse-address", PermanentFailure, "address-refused"),
    ],
)
def test_each_answer_is_of_one_family_and_the_next_message_goes(
    sink: SmtpSink, smtp: SmtpSender, answer: str, family: type[Exception], code: str
) -> None:
    smtp.send(a_message(1))
    sink.script.append(answer)  # type: ignore[arg-type]
    with pytest.raises(family) as raised:
        smtp.send(a_message(2))
    assert getattr(raised.value, "code", "") == code
    smtp.send(a_message(3))
    assert [str(message["Subject"]) for message in sink.taken] == ["s1", "s3"]


def test_a_server_that_is_not_there_is_away(sink: SmtpSink) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    sender = SmtpSender(Server("127.0.0.1", port, timeout_seconds=0.5), "chorus@chorus.example")
    with pytest.raises(TemporaryFailure, match="mail-server-away"):
        sender.send(a_message())


@either_way
def test_dots_and_line_ends_arrive_as_they_were(sink: SmtpSink, smtp: SmtpSender) -> None:
    smtp.send(a_message())
    assert str(sink.taken[0].get_payload()).startswith(".dot first\r\n")


HEARD = [b"MAIL FROM:<chorus@chorus.example>", b"RCPT TO:<wang@example.org>", b"DATA"]
WORDS = a_message().data.replace(b"\r\n.dot", b"\r\n..dot").splitlines()


@pytest.mark.parametrize(
    ("replies", "code", "heard"),
    [
        ([b"250", b"250", b"354", b"250"], None, [*HEARD, *WORDS, b"."]),
        ([b"250", b"550", b"354", b"554", b"250"], "address-refused", [*HEARD, b".", b"rset"]),
        ([b"250", b"550", b"503", b"250"], "address-refused", [*HEARD, b"rset"]),
        ([b"451", b"503", b"503", b"250"], "deferred", [*HEARD, b"rset"]),
        ([b"250", b"250", b"250", b"250"], "deferred", [*HEARD, b"rset"]),
        ([b"250", b"250", b"354", b"552", b"250"], "message-refused", [*HEARD, *WORDS, b".", b"rset"]),
        ([b"250", b"550"], "address-refused", HEARD),
        ([b"250", b"550", b"421"], "address-refused", HEARD),
        ([b"250", b"550", b"354"], "address-refused", [*HEARD, b"."]),
        ([b"250", b"451", b"421"], "deferred", HEARD),
        ([b"250", b"250"], "conversation-broken", HEARD),
        ([b"250", b"421"], "mail-server-away", HEARD),
        ([b"250", b"250", b"354", b"421"], "mail-server-away", [*HEARD, *WORDS, b"."]),
    ],
)
def test_what_is_said_at_once_is_answered_one_by_one(
    replies: list[bytes], code: str | None, heard: list[bytes]
) -> None:
    """A server that says 354 without anybody to send to gets an empty message, never the words of this one."""
    with ScriptedServer([b"220", b"250-x\r\n250 PIPELINING", *replies]) as server:
        sender = SmtpSender(Server("127.0.0.1", server.port, timeout_seconds=5.0), "chorus@chorus.example")
        outcome = None
        try:
            sender.send(a_message())
        except (TemporaryFailure, PermanentFailure) as failure:
            outcome = failure.code
        sender.close()
        assert outcome == code
    assert server.heard[1:] == heard


def test_an_address_in_other_letters_is_refused_where_the_server_cannot(smtp: SmtpSender) -> None:
    with pytest.raises(PermanentFailure):
        smtp.send(a_message(to="用户@example.org"))


def test_an_address_in_other_letters_goes_where_the_server_can() -> None:
    sink = SmtpSink(utf8=True).start()
    sender = SmtpSender(Server("127.0.0.1", sink.port), "chorus@chorus.example")
    try:
        sender.send(a_message(to="用户@example.org"))
        assert sink.recipients == ["用户@example.org"]
    finally:
        sender.close()
        sink.stop()


def test_the_same_message_again_keeps_its_place_in_the_folder(tmp_path: Path) -> None:
    sender = FolderSender(tmp_path)
    for number in (1, 2, 1):
        sender.send(a_message(number))
    again = FolderSender(tmp_path)
    again.send(a_message(2))
    again.send(a_message(3))
    assert [seen.subject for seen in Mailbox(tmp_path).list()] == ["s1", "s2", "s3"]


def test_the_mailbox_finds_by_address_kind_and_place(tmp_path: Path) -> None:
    sender, mailbox = FolderSender(tmp_path), Mailbox(tmp_path)
    sender.send(a_message(1, "li@example.org"))
    sender.send(a_message(2, "Wang@example.org"))
    (first, second) = mailbox.list()
    assert list(mailbox.list(to="wang@EXAMPLE.org")) == [second]
    assert list(mailbox.list(kind="welcome")) == []
    assert list(mailbox.list(after=first.id)) == [second]
    assert first.links == ["https://chorus.example/c/1"]
    assert mailbox.read("../../etc/passwd") is None


def test_a_folder_that_cannot_be_written_is_tried_later(tmp_path: Path) -> None:
    folder = tmp_path / "mailbox"
    sender = FolderSender(folder)
    folder.rmdir()
    with pytest.raises(TemporaryFailure, match="mailbox-not-writable"):
        sender.send(a_message())
