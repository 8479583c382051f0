"""A mail server on loopback that takes mail, defers, refuses, stalls or hangs up, as its script says."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from email import message_from_bytes
from email.message import Message
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

Answer = Literal["take", "defer", "refuse", "refuse-address", "defer-address", "stall", "drop", "drop-after-taking"]


class SmtpSink:
    """`script` holds the answers to the next messages, in order; when it is empty, mail is taken."""

    def __init__(self, *, utf8: bool = False, pipelining: bool = False) -> None:
        self._offers = ["250-PIPELINING"] if pipelining else []
        self.taken: list[Message] = []
        self.recipients: list[str] = []
        self.script: list[Answer] = []
        self.conversations = 0
        self._controller = _Controller(self, hostname="127.0.0.1", port=0, enable_SMTPUTF8=utf8)

    def start(self) -> SmtpSink:
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the server's own chatter is not ours
        self._controller.start()
        return self

    def stop(self) -> None:
        if self._controller.server is not None:
            self._controller.stop()

    @property
    def port(self) -> int:
        return self._controller.bound_port()

    @property
    def message_ids(self) -> list[str]:
        return [str(message["Message-ID"]) for message in self.taken]

    # called by the server

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], *self._offers, responses[-1]]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.script[0] if self.script else "take"
        if answer == "refuse-address":
            self.script.pop(0)
            return "550 5.1.1 no such mailbox"
        if answer == "defer-address":
            self.script.pop(0)
            return "450 4.2.1 try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer: Answer = self.script.pop(0) if self.script else "take"
        if answer in ("take", "drop-after-taking"):
            content: Any = envelope.content
            self.taken.append(message_from_bytes(content))
            self.recipients += envelope.rcpt_tos
        if answer in ("drop", "drop-after-taking"):
            assert server.transport is not None
            server.transport.close()
        if answer == "stall":
            await asyncio.sleep(3)
        return {"defer": "451 4.3.0 later", "refuse": "554 5.7.1 not this"}.get(answer, "250 OK")


class _Controller(Controller):
    """Any free port; counts conversations."""

    def __init__(self, sink: SmtpSink, **options: Any) -> None:
        self._sink = sink
        super().__init__(sink, **options)

    def factory(self) -> Any:
        self._sink.conversations += 1
        return super().factory()  # type: ignore[no-untyped-call]

    def bound_port(self) -> int:
        server: Any = self.server
        port: int = server.sockets[0].getsockname()[1]
        return port

    def _trigger_server(self) -> None:
        """The base class connects to the port it was given, which here is any free one."""
        self.port = self.bound_port()
        super()._trigger_server()  # type: ignore[no-untyped-call]
        self._sink.conversations -= 1


class ScriptedServer:
    """One conversation: each reply when its line has come, whatever that says; a message is one line for it."""

    def __init__(self, replies: list[bytes]) -> None:
        self.heard: list[bytes] = []
        self._replies = replies
        self._listens = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listens.getsockname()[1]
        self._thread = threading.Thread(target=self._talks)

    def __enter__(self) -> ScriptedServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(10)
        self._listens.close()

    def _talks(self) -> None:
        with self._listens.accept()[0] as way, way.makefile("rb") as lines:
            for reply in self._replies:
                way.sendall(reply + b"\r\n")
                message = reply == b"354"
                for line in lines:
                    self.heard.append(line.rstrip(b"\r\n"))
                    if not message or self.heard[-1] == b".":
                        break
