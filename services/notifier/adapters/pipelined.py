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
    """`to` is one address in ASCII, `data` ends with a line. Raises what `smtplib.SMTP.sendmail` does.

    What was refused stays refused, also where the server goes away over it.
    """
    if _BREAKS.search(to):
        raise ValueError("an address is one line")
    size = f" SIZE={len(data)}" if connection.has_extn("size") else ""
    connection.send(f"MAIL FROM:<{sender}>{size}\r\nRCPT TO:<{to}>\r\nDATA\r\n")
    from_ = _reply(connection)
    refused = _sender_refused(sender, from_)
    try:
        rcpt = _reply(connection)
        refused = refused or _recipient_refused(to, rcpt)
        taken, last = _completed(connection, data, wanted=refused is None)
    except (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException):
        if refused is None:
            raise
        connection.close()
        raise refused from None
    if refused is not None or not taken:
        with suppress(smtplib.SMTPServerDisconnected):
            connection.rset()
        raise refused or smtplib.SMTPDataError(*last)


def _completed(connection: smtplib.SMTP, data: bytes, *, wanted: bool) -> tuple[bool, Reply]:
    """Whether a message was taken, and the last reply. A server that goes on to the message although it refused its
    address gets an empty one."""
    begun = _reply(connection)
    if begun[0] != _GO_ON:
        return False, begun
    connection.send((_LINE_START.sub(b"..", data) if wanted else b"") + b".\r\n")
    last = _reply(connection)
    return last[0] == _TAKEN, last


def _reply(connection: smtplib.SMTP) -> Reply:
    """Raises SMTPResponseException where the server says that it goes: no further reply will come."""
    reply = connection.getreply()
    if reply[0] == _GOES:
        connection.close()
        raise smtplib.SMTPResponseException(*reply)
    return reply


def _sender_refused(sender: str, reply: Reply) -> smtplib.SMTPException | None:
    """It makes the rest fail too, so that it counts whatever comes after it."""
    return None if reply[0] == _TAKEN else smtplib.SMTPSenderRefused(*reply, sender)


def _recipient_refused(to: str, reply: Reply) -> smtplib.SMTPException | None:
    return None if reply[0] in (_TAKEN, 251) else smtplib.SMTPRecipientsRefused({to: reply})
