"""Sender, recipient and DATA in one packet, where a server offers it (RFC 2920): two trips a message instead of four.

Each message is still answered before the next one begins, and refusals are told by the exceptions of `smtplib`.
"""

from __future__ import annotations

import re
import smtplib
from contextlib import suppress
from typing import Final

_LINE_START: Final = re.compile(rb"^\.", re.MULTILINE)
_BREAKS: Final = re.compile(r"[\x00-\x1f\x7f]")
_GO_ON: Final = 354
_GOES: Final = 421
_TAKEN: Final = 250
Reply = tuple[int, bytes]


def offered(connection: smtplib.SMTP) -> bool:
    connection.ehlo_or_helo_if_needed()
    return connection.has_extn("pipelining")


def send(connection: smtplib.SMTP, sender: str, to: str, data: bytes) -> None:
    """`to` is one address in ASCII, `data` ends with a line. Raises what `smtplib.SMTP.sendmail` does."""
    if _BREAKS.search(to):
        raise ValueError("an address is one line")
    size = f" SIZE={len(data)}" if connection.has_extn("size") else ""
    connection.send(f"MAIL FROM:<{sender}>{size}\r\nRCPT TO:<{to}>\r\nDATA\r\n")
    from_, rcpt, begun = _reply(connection), _reply(connection), _reply(connection)
    refused, last = _refusal(sender, to, from_, rcpt), begun
    if begun[0] == _GO_ON:
        connection.send((_LINE_START.sub(b"..", data) if refused is None else b"") + b".\r\n")
        last = _reply(connection)
    if refused is not None or begun[0] != _GO_ON or last[0] != _TAKEN:
        with suppress(smtplib.SMTPServerDisconnected):
            connection.rset()
        raise refused or smtplib.SMTPDataError(*last)


def _reply(connection: smtplib.SMTP) -> Reply:
    """Raises SMTPResponseException where the server says that it goes: no further reply will come."""
    reply = connection.getreply()
    if reply[0] == _GOES:
        connection.close()
        raise smtplib.SMTPResponseException(*reply)
    return reply


def _refusal(sender: str, to: str, from_: Reply, rcpt: Reply) -> smtplib.SMTPException | None:
    """The first that was refused: a refused sender makes the rest fail too."""
    if from_[0] != _TAKEN:
        return smtplib.SMTPSenderRefused(*from_, sender)
    return None if rcpt[0] in (_TAKEN, 251) else smtplib.SMTPRecipientsRefused({to: rcpt})
