"""What notifier counts and measures; every name, once."""

from __future__ import annotations

from services.kit.metrics import Metric

NOTIFIER = (
    Metric("chorus_mails_total", "count", "Mails by what became of them: sent, failed, dropped, later.",
           ("kind", "outcome")),
    Metric("chorus_mail_seconds", "spread", "Time that the mail server took for one mail."),
    Metric("chorus_outbox_due", "level", "Mails that should have left by now.", ("priority",)),
    Metric("chorus_outbox_oldest_seconds", "level", "How long the oldest of them is due.", ("priority",)),
)  # fmt: skip
