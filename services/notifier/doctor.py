"""What notifier looks at in an installation of processes: its database, its secret, the mail server, what waits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine, func, select

from services.contracts.topics import CAMPAIGN_EVENTS
from services.kit.checkup import Finding, backlog, door, each, key_file, tried, word, wrong
from services.kit.sql.checkup import Part, postgres_findings
from services.kit.sql.engine import temporary_when_busy
from services.kit.sql.postgres import postgres_engine
from services.kit.stream.checkup import consumer_findings
from services.kit.stream.port import Reader
from services.notifier.adapters.smtp import Server, SmtpSender
from services.notifier.adapters.tables import OUTBOX, in_ms
from services.notifier.domain.kinds import Priority
from services.notifier.settings import NotifierSettings
from services.notifier.wiring import HERE

OWN: Final = ("chorus_notifier",)
CONSUMERS: Final = ("mails", "progress")
LATE: Final = timedelta(minutes=2)


def findings(settings: NotifierSettings, reader: Reader | None) -> Iterator[Finding]:
    """Reads only, and talks to the mail server without sending anything."""
    yield key_file(settings.secret)
    yield word("CHORUS_INTERNAL_SECRET", settings.internal_secret)
    if settings.database_url is not None:
        engine = postgres_engine(
            settings.database_url, settings.database_password, application="chorus-doctor", pool_size=1
        )
        yield from postgres_findings(engine, OWN, [Part("notifier", HERE / "migrations")])
        yield from each(lambda: _waiting(engine, reader), "what waits")
        engine.dispose()
    yield _mail_server(settings)
    if settings.campaign_url is not None:
        yield door("campaign", settings.campaign_url)


def _waiting(engine: Engine, reader: Reader | None) -> Iterator[Finding]:
    with temporary_when_busy(), engine.connect() as connection:
        yield from consumer_findings(connection, reader, CAMPAIGN_EVENTS, CONSUMERS)
        yield _late(connection)


def _late(connection: Connection) -> Finding:
    since = in_ms(datetime.now(UTC) - LATE)
    urgent = (OUTBOX.c.state == "due", OUTBOX.c.priority == int(Priority.AT_THE_DOOR), OUTBOX.c.due_at < since)
    count = connection.execute(select(func.count()).select_from(OUTBOX).where(*urgent)).scalar_one()
    remedy = "people cannot sign in; see UrgentMailIsLate in docs/operations.md"
    return backlog(count, "mails to sign in or to confirm are more than two minutes late", 0, remedy)


def _mail_server(settings: NotifierSettings) -> Finding:
    if settings.smtp_host is None:
        return wrong("CHORUS_SMTP_HOST is not set", "without a mail server nobody can confirm or sign in")
    server = Server(
        settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_user, settings.smtp_password, 10.0
    )
    sender = SmtpSender(server, settings.mail_from)
    told = f"mail server {settings.smtp_host}:{settings.smtp_port} ({settings.smtp_security})"
    try:
        return tried(told, sender.greet, "look at CHORUS_SMTP_HOST, _PORT, _SECURITY, _USER and _PASSWORD")
    finally:
        sender.close()
