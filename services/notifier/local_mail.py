"""The mail server of local runs: takes every mail into a folder, shows them as pages, and can be told to behave badly.

Bound to loopback; whoever can reach it reads every link that was mailed to anybody.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass
from email import message_from_bytes
from typing import Any, Final, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Blueprint, Flask, request

from services.kit.clock import Clock
from services.kit.failures import TemporaryFailure
from services.kit.metrics import Metrics
from services.kit.serving import Process
from services.notifier.adapters.mailbox import FolderSender
from services.notifier.application.ports import Message
from services.notifier.http.mailbox_page import mailbox_blueprint
from services.notifier.settings import MailboxSettings, mailbox_from_environment

Answer = Literal["take", "defer", "refuse"]
ANSWERS: Final[dict[str, str]] = {
    "take": "250 2.0.0 taken",
    "defer": "451 4.3.0 later",
    "refuse": "554 5.7.1 not this",
}
RECEIVED: Final = "received.log"
"""A line for each message that was taken: its Message-ID and its recipients; a repeated one stands there twice."""


@dataclass
class Manners:
    """How the next messages are answered, and after how many seconds."""

    answer: str = "take"
    delay_seconds: float = 0.0


class Takes:
    """aiosmtpd calls this for each message, in the thread of its event loop."""

    def __init__(self, settings: MailboxSettings, manners: Manners) -> None:
        self._sender = FolderSender(settings.folder)
        self._received = settings.folder.parent / RECEIVED
        self._manners = manners
        self._turn = threading.Lock()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self._manners.delay_seconds:
            await asyncio.sleep(self._manners.delay_seconds)
        answer = self._manners.answer
        if answer == "take":
            try:
                content: Any = envelope.content
                self._keep(content, envelope.rcpt_tos)
            except TemporaryFailure:
                answer = "defer"
        return ANSWERS[answer]

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Lines are read one after the other here, however many come at once."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    def _keep(self, data: bytes, recipients: list[str]) -> None:
        head, _, _ = data.partition(b"\r\n\r\n")
        id = str(message_from_bytes(head)["Message-ID"] or "")
        self._sender.send(Message(id, ", ".join(recipients), data))
        with self._turn, self._received.open("a", encoding="utf-8") as log:
            log.write(f"{id} {' '.join(recipients)}\n")


def process(_clock: Clock) -> Process:
    settings, manners = mailbox_from_environment(), Manners()
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    server: Any = Controller(Takes(settings, manners), hostname=settings.host, port=settings.port)
    app = Flask("local-mail")
    app.register_blueprint(mailbox_blueprint(settings.folder))
    app.register_blueprint(_manners_blueprint(manners))
    server.start()
    return Process(Metrics(), app, close=server.stop)


def _manners_blueprint(manners: Manners) -> Blueprint:
    blueprint = Blueprint("manners", __name__)

    @blueprint.put("/_mailbox-manners")
    def behave() -> tuple[dict[str, Any], int]:
        """{"answer": "take" | "defer" | "refuse", "delay_seconds": number}; for drills."""
        body = request.get_json(silent=True) or {}
        answer, delay = body.get("answer", "take"), body.get("delay_seconds", 0)
        if answer not in ANSWERS or not isinstance(delay, int | float):
            return {"code": "invalid"}, 422
        manners.answer, manners.delay_seconds = str(answer), float(delay)
        return {"answer": manners.answer, "delay_seconds": manners.delay_seconds}, 200

    return blueprint
