"""The consumer of campaign's events that plans mail: rows and position in one transaction."""

from __future__ import annotations

from contextlib import AbstractContextManager

from sqlalchemy import Connection, Engine

from services.kit.clock import Clock
from services.kit.sql.engine import reading
from services.kit.sql.gathered import Gathered
from services.kit.stream.handler import Handler
from services.kit.stream.port import Record
from services.notifier.inbox.desk import Desk
from services.notifier.inbox.handlers import handle
from services.notifier.inbox.leaves import leaf_of


class PlansMail(Handler):
    name = "mails"

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._gathered = Gathered()

    def begin(self) -> AbstractContextManager[Connection]:
        return self._engine.begin()

    def look(self) -> AbstractContextManager[Connection]:
        return reading(self._engine)

    def handle(self, tx: Connection, record: Record) -> None:
        handle(Desk(tx, self._clock.now(), self._gathered), leaf_of(record))

    def finish(self, tx: Connection) -> None:
        self._gathered.write(tx)

    def forget(self) -> None:
        self._gathered.forget()
