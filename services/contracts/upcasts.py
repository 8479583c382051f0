"""From the clear fields of an old version of an event type to those of the next; every version ever written stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Data = dict[str, Any]
Upcast = Callable[[Data], Data]

UPCASTS: Final[Mapping[tuple[str, int], Upcast]] = {}
"""(type, version) -> to version + 1. Empty while every event type is at its first version."""


class NoUpcast(LookupError):
    """A version that no step leads on from."""


def upcast(
    event_type: str, version: int, data: Mapping[str, Any], to: int, steps: Mapping[tuple[str, int], Upcast] = UPCASTS
) -> Data:
    """The clear fields as version `to` names them; raises NoUpcast where a step is missing."""
    now = dict(data)
    for step in range(version, to):
        change = steps.get((event_type, step))
        if change is None:
            raise NoUpcast(f"{event_type} version {step}")
        now = change(now)
    return now
