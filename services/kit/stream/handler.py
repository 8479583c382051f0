"""What a service does with the records of a topic; `kit.stream.consumer` follows the topic for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager

from sqlalchemy import Connection

from services.kit.stream.port import Record


class Handler(ABC):
    """What a service does with the records of a topic. All effects go through the transaction that is handed in."""

    name: str

    @abstractmethod
    def begin(self) -> AbstractContextManager[Connection]:
        """A writing transaction of the service's own database; usually `engine.begin()`."""

    def look(self) -> AbstractContextManager[Connection]:
        """A transaction that only reads, for whoever watches: it waits for no writer and holds up none."""
        return self.begin()

    def foresee(self, tx: Connection, records: Sequence[Record]) -> None:  # noqa: B027  not every handler reads
        """The records of a slice before any is handled, for what is better read at once. Judges none of them."""

    @abstractmethod
    def handle(self, tx: Connection, record: Record) -> None:
        """The effect of one record. TemporaryFailure: the slice is tried again; any other error parks the key."""

    def finish(self, tx: Connection) -> None:  # noqa: B027  not every handler gathers
        """Writes what `handle` gathered; called before the transaction of a slice is committed."""

    def forget(self) -> None:  # noqa: B027  not every handler remembers
        """What is remembered outside of a transaction must go: this one was undone, or another process went on."""
