"""Notifier's settings: one field, one sentence each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from services.kit.settings import Secret, Setting, read


@dataclass(frozen=True)
class NotifierSettings:
    base_url: Annotated[str, Setting("CHORUS_BASE_URL", "Public address of the pages, with which links begin.")] = (
        "http://localhost:8000"
    )
    data: Annotated[Path, Setting("CHORUS_NOTIFIER_DATA", "Folder of notifier's own database, secret and mailbox.")] = (
        Path("data")
    )
    database_url: Annotated[
        str | None,
        Setting("CHORUS_NOTIFIER_DATABASE", "PostgreSQL of notifier; without it, SQLite in the data folder."),
    ] = None
    database_password: Annotated[
        Secret | None, Setting("CHORUS_NOTIFIER_DATABASE_PASSWORD", "Password of notifier's role in that database.")
    ] = None
    secrets: Annotated[
        Path | None, Setting("CHORUS_SECRETS", "Folder of the service's own secrets; else secrets in the data folder.")
    ] = None
    campaign_url: Annotated[
        str | None, Setting("CHORUS_CAMPAIGN_URL", "Campaign's internal door, where it is a process of its own.")
    ] = None
    mail_from: Annotated[str, Setting("CHORUS_MAIL_FROM", "Address that mails come from.")] = "chorus@localhost"
    mail_name: Annotated[str, Setting("CHORUS_MAIL_NAME", "Name that mails come from, and that signs them.")] = (
        "Chorus 合声"
    )
    smtp_host: Annotated[
        str | None, Setting("CHORUS_SMTP_HOST", "Mail server; without one, mails go to a mailbox in the data folder.")
    ] = None
    smtp_port: Annotated[int, Setting("CHORUS_SMTP_PORT", "Port of the mail server.")] = 25
    smtp_security: Annotated[
        Literal["none", "starttls", "tls"], Setting("CHORUS_SMTP_SECURITY", "How the conversation is protected.")
    ] = "none"
    smtp_user: Annotated[str | None, Setting("CHORUS_SMTP_USER", "Account at the mail server.")] = None
    smtp_password: Annotated[Secret | None, Setting("CHORUS_SMTP_PASSWORD", "Password of that account.")] = None
    smtp_seconds: Annotated[float, Setting("CHORUS_SMTP_SECONDS", "Patience with a silent mail server.")] = 30.0
    instance: Annotated[str, Setting("CHORUS_INSTANCE", "Name of this process among those that share the outbox.")] = (
        "notifier"
    )
    internal_secret: Annotated[
        Secret | None, Setting("CHORUS_INTERNAL_SECRET", "Shared by the services; guards the internal door.")
    ] = None

    @property
    def database(self) -> Path:
        return self.data / "notifier.db"

    @property
    def secret(self) -> Path:
        return (self.secrets or self.data / "secrets") / "notifier"

    @property
    def mailbox(self) -> Path:
        return self.data / "mailbox"


@dataclass(frozen=True)
class MailboxSettings:
    """Of the mail server of local runs, which keeps what it is given."""

    folder: Annotated[Path, Setting("CHORUS_MAILBOX", "Local runs only: folder of the mails that were taken.")]
    host: Annotated[str, Setting("CHORUS_MAILBOX_HOST", "Local runs only: address that takes mails.")] = "127.0.0.1"
    port: Annotated[int, Setting("CHORUS_MAILBOX_PORT", "Local runs only: port that takes mails.")] = 1025


def from_environment() -> NotifierSettings:
    """Raises BadSetting, naming all that is missing or unreadable."""
    return read(NotifierSettings, os.environ)


def mailbox_from_environment() -> MailboxSettings:
    """Raises BadSetting."""
    return read(MailboxSettings, os.environ)
