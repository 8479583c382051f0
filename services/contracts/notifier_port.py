"""Notifier's internal door: mail that follows from no event, or whose address is about to go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Handover:
    """`id` makes a repeated hand-over harmless; `facts` fill the template; the address is kept sealed until sent.

    `correlation` is the id of the request that it follows from, for log lines alone.
    """

    id: str
    kind: str
    email: str
    locale: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    campaign: str | None = None
    correlation: str | None = None


class NotifierPort(Protocol):
    """Kinds: sign-in (gateway: facts token, code), already-joined, confirmation (to a new address), erasure-done."""

    def hand_over(self, mail: Handover) -> None:
        """Durable when it returns. Raises `TemporaryFailure` when notifier cannot take it now."""
        ...


class NotifierDoor(NotifierPort, Protocol):
    """What gateway asks of notifier besides."""

    def unsubscribe(self, token: str) -> bool:
        """Ends the news of one campaign to one member; False for a token that was never given, repeated harmless.

        Raises `TemporaryFailure` when notifier cannot do it now.
        """
        ...
