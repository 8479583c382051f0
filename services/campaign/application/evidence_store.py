"""The port to evidence files: bytes under a random name, written once, deleted for good."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Protocol


class EvidenceStore(Protocol):
    """Keeps what it is given; whoever puts has encrypted already. Everything may raise TemporaryFailure."""

    def put(self, stream: Iterable[bytes]) -> str:
        """Stores the whole stream durably under a new random name, or nothing of it; never writes over a file."""
        ...

    def open(self, name: str) -> Iterator[bytes]:
        """The bytes in pieces; raises PermanentFailure `evidence-missing`."""
        ...

    def delete(self, name: str) -> None:
        """Repeatable: what is gone stays gone."""
        ...

    def exists(self, name: str) -> bool: ...

    def names(self, before: datetime) -> Iterator[str]:
        """The files stored before an instant, in no order: housekeeping drops those that no event tells of."""
        ...

    def check(self) -> None:
        """Raises TemporaryFailure when the store cannot be used now."""
        ...
