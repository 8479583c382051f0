"""The outbox and the mail server as they are watched: what became of each mail, what waits, how long sending takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import ColumnElement, Engine, func, select

from services.kit.clock import Clock
from services.kit.metrics import Metrics
from services.kit.sql.engine import reading, temporary_when_busy
from services.notifier.adapters.tables import OUTBOX as T
from services.notifier.adapters.tables import in_ms
from services.notifier.application.ports import Message, Outbox, Sender, Waiting
from services.notifier.domain.kinds import Priority

MOST_COUNTED = 100_000
"""A longer queue is shown as this long."""


class CountedOutbox:
    """Implements `application.ports.Outbox`: counts by kind what became of a mail once that is recorded."""

    def __init__(self, outbox: Outbox, metrics: Metrics) -> None:
        self._outbox = outbox
        self._metrics = metrics

    def next_due(self) -> datetime | None:
        return self._outbox.next_due()

    def take_back(self, now: datetime) -> None:
        self._outbox.take_back(now)

    def claim(self, horizon: datetime, inclusive: bool, until: datetime) -> Sequence[Waiting]:
        return self._outbox.claim(horizon, inclusive, until)

    def grow(self, row: Waiting, now: datetime) -> int:
        return self._outbox.grow(row, now)

    def postpone(self, row: Waiting, to: datetime, reason: str, *, tried: bool) -> None:
        self._outbox.postpone(row, to, reason, tried=tried)
        self._count(row, "later")

    def sent(self, row: Waiting, at: datetime) -> None:
        self._outbox.sent(row, at)
        self._count(row, "sent")

    def end(self, row: Waiting, state: str, reason: str, at: datetime) -> None:
        self._outbox.end(row, state, reason, at)
        self._count(row, state)

    def _count(self, row: Waiting, outcome: str) -> None:
        self._metrics.count("chorus_mails_total", kind=row.kind, outcome=outcome)


class TimedSender:
    """Implements `application.ports.Sender`."""

    def __init__(self, sender: Sender, metrics: Metrics) -> None:
        self._sender = sender
        self._metrics = metrics

    def send(self, message: Message) -> None:
        started = time.perf_counter()
        try:
            self._sender.send(message)
        finally:
            self._metrics.observe("chorus_mail_seconds", time.perf_counter() - started)

    def close(self) -> None:
        self._sender.close()


def watch_outbox(engine: Engine, clock: Clock, metrics: Metrics) -> None:
    """How much is due by urgency, and since when; read from the database when somebody looks."""

    def due(priority: Priority) -> float:
        waiting = select(T.c.id).where(*_due(priority, clock.now())).limit(MOST_COUNTED).subquery()
        with temporary_when_busy(), reading(engine) as tx:
            return float(tx.execute(select(func.count()).select_from(waiting)).scalar_one())

    def oldest(priority: Priority) -> float:
        now = clock.now()
        with temporary_when_busy(), reading(engine) as tx:
            since = tx.execute(select(func.min(T.c.due_at)).where(*_due(priority, now))).scalar()
        return 0.0 if since is None else (in_ms(now) - int(since)) / 1000

    for priority in Priority:
        name = priority.name.lower().replace("_", "-")
        metrics.watch("chorus_outbox_due", partial(due, priority), priority=name)
        metrics.watch("chorus_outbox_oldest_seconds", partial(oldest, priority), priority=name)


def _due(priority: Priority, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return T.c.state == "due", T.c.priority == int(priority), T.c.due_at <= in_ms(now)
