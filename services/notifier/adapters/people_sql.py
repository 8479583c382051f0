"""What the events have told, read at the moment of sending; and who asked for no more news."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Engine

from services.kit.sql.engine import reading, temporary_when_busy
from services.kit.sql.upsert import insert, rows_put
from services.notifier.adapters.outbox_sql import announce
from services.notifier.adapters.register_sql import Register
from services.notifier.adapters.tables import STOPPED, in_ms
from services.notifier.application.ports import About, KnownFiling


class SqlPeople:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def about(self, campaign: str) -> About | None:
        with self._register() as register:
            return register.about(campaign)

    def words_events(self, campaign: str) -> Sequence[str]:
        with self._register() as register:
            return register.words_events(campaign)

    def member_states(self, campaign: str, subjects: Sequence[str]) -> Mapping[str, str]:
        with self._register() as register:
            return register.member_states(campaign, list(subjects))

    def stopped(self, campaign: str, subjects: Sequence[str]) -> frozenset[str]:
        with self._register() as register:
            return register.stopped(campaign, list(subjects))

    def filing(self, filing: str) -> KnownFiling | None:
        with self._register() as register:
            return register.filing(filing)

    def stop(self, campaign: str, subject: str, at: datetime) -> None:
        with temporary_when_busy(), self._engine.begin() as tx:
            row = {"campaign": campaign, "subject": subject, "since": in_ms(at)}
            if rows_put(tx, insert(STOPPED).values(row).on_conflict_do_nothing()):
                announce(tx, "mail.unsubscribed", campaign, at, {"recipient": subject})

    @contextmanager
    def _register(self) -> Iterator[Register]:
        with temporary_when_busy(), reading(self._engine) as tx:
            yield Register(tx)
