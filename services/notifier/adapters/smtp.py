"""Sending by SMTP over one kept connection; what a server answers becomes one of the two families of failure."""

from __future__ import annotations

import smtplib
import ssl
import threading
import time
from dataclasses import dataclass, field
from typing import Final

from services.kit.failures import PermanentFailure, TemporaryFailure
from services.notifier.adapters import pipelined
from services.notifier.application.ports import Message

IDLE_SECONDS: Final = 5.0
"""A connection that rested longer is asked whether it still lives before it is used."""


@dataclass(frozen=True, slots=True)
class Server:
    """`security`: none (loopback), starttls or tls; certificates are always checked."""

    host: str
    port: int
    security: str = "none"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_seconds: float = 30.0


class SmtpSender:
    """One conversation at a time; a broken one is begun anew at the next message."""

    def __init__(self, server: Server, sender: str) -> None:
        self._server = server
        self._sender = sender
        self._turn = threading.Lock()
        self._kept: smtplib.SMTP | None = None
        self._used = 0.0

    def send(self, message: Message) -> None:
        with self._turn:
            connection = self._connection()
            try:
                self._say(connection, message)
            except smtplib.SMTPRecipientsRefused as refusal:
                code, _ = next(iter(refusal.recipients.values()))
                raise _failure(code, "address-refused") from None
            except (smtplib.SMTPNotSupportedError, UnicodeEncodeError):
                self._drop()
                raise PermanentFailure("address-not-supported") from None
            except smtplib.SMTPServerDisconnected:
                self._drop()
                raise TemporaryFailure("conversation-broken") from None
            except smtplib.SMTPResponseException as refusal:
                raise _failure(refusal.smtp_code, "message-refused") from None
            except OSError:
                self._drop()
                raise TemporaryFailure("conversation-broken") from None
            self._used = time.monotonic()

    def _say(self, connection: smtplib.SMTP, message: Message) -> None:
        plain = message.to.isascii()
        if plain and pipelined.offered(connection):
            pipelined.send(connection, self._sender, message.to, message.data)
        else:
            options = () if plain else ("SMTPUTF8",)
            connection.sendmail(self._sender, [message.to], message.data, mail_options=options)

    def greet(self) -> None:
        """Begins a conversation and signs in, as for a message, and sends none. Raises TemporaryFailure."""
        with self._turn:
            self._connection()

    def close(self) -> None:
        with self._turn:
            if self._kept is not None:
                self._kept.close()
                self._kept = None

    def _connection(self) -> smtplib.SMTP:
        if self._kept is not None and self._kept.sock is not None and self._alive(self._kept):
            return self._kept
        self._drop()
        try:
            self._kept = self._connect()
        except (OSError, smtplib.SMTPException):
            raise TemporaryFailure("mail-server-away") from None
        return self._kept

    def _alive(self, connection: smtplib.SMTP) -> bool:
        if time.monotonic() - self._used < IDLE_SECONDS:
            return True
        try:
            code, _ = connection.noop()
        except (OSError, smtplib.SMTPException):
            return False
        return code == 250

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            context = ssl.create_default_context()
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout_seconds, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)
        try:
            if server.security == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if server.user is not None:
                connection.login(server.user, server.password or "")
        except BaseException:
            connection.close()
            raise
        self._used = time.monotonic()
        return connection

    def _drop(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None


def _failure(smtp_code: int, permanent: str) -> TemporaryFailure | PermanentFailure:
    if smtp_code == 421:
        return TemporaryFailure("mail-server-away")
    return PermanentFailure(permanent) if smtp_code >= 500 else TemporaryFailure("deferred")
