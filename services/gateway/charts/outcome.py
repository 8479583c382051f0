"""Claimed, offered and paid beside each other, a bar each, by currency."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

WIDTH: Final = 100


@dataclass(frozen=True)
class Bar:
    """`share` is its length of 100."""

    kind: str
    amount: str
    currency: str
    share: float


def outcome_bars(claimed: Mapping[str, str], offered: Mapping[str, str], paid: Mapping[str, str]) -> list[list[Bar]]:
    """A group of bars for each currency; nothing before an offer or a payment."""
    groups = []
    for currency in sorted({*offered, *paid}):
        told = {"claimed": claimed.get(currency), "offered": offered.get(currency), "paid": paid.get(currency)}
        most = max(Decimal(amount) for amount in told.values() if amount is not None)
        groups.append([
            Bar(kind, amount, currency, round(float(Decimal(amount) / most * WIDTH), 1) if most else 0.0)
            for kind, amount in told.items()
            if amount is not None
        ])  # fmt: skip
    return groups
