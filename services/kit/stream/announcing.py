"""Telling the dead topic of letters put aside, after their transaction: at least once, in order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import Connection

from services.contracts.topics import Topic
from services.kit.sql.engine import temporary_when_busy
from services.kit.stream.dead_letters import DeadLetters
from services.kit.stream.port import Producer


class Announcing:
    """Looks for letters only where there may be some; without a producer nobody is told."""

    def __init__(
        self,
        letters: DeadLetters,
        begin: Callable[[], AbstractContextManager[Connection]],
        producer: Producer | None,
        topic: Topic,
        slice_size: int,
    ) -> None:
        self._letters = letters
        self._begin = begin
        self._producer = producer
        self._topic = topic
        self._slice_size = slice_size
        self._due = True

    def look_again(self) -> None:
        """A letter was put aside, here or by another process that may not have told of it."""
        self._due = True

    def run_once(self) -> int:
        if self._producer is None or not self._due:
            return 0
        with temporary_when_busy(), self._begin() as tx:
            waiting = self._letters.unannounced(tx, self._slice_size)
        if not waiting:
            self._due = False
            return 0
        self._producer.publish(self._topic.dead, [announcement for _, announcement in waiting])
        with temporary_when_busy(), self._begin() as tx:
            self._letters.announced(tx, [letter for letter, _ in waiting])
        return len(waiting)
