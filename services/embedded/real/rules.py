"""The rules by which a complaint becomes a claim: data in `rules.yaml`, applied here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import yaml

from services.embedded.real.rows import Complaint

RULES: Final = Path(__file__).with_name("rules.yaml")
_AMOUNT: Final = re.compile(r"\{\$([0-9][0-9,]*(?:\.[0-9]{2})?)\}")


@dataclass(frozen=True)
class Rule:
    problem: str
    with_amount: str
    without: str
    issue: Sequence[str] = ()
    sub_issue: Sequence[str] = ()
    sub_product: Sequence[str] = ()
    says: Sequence[str] = ()

    def fits(self, complaint: Complaint) -> bool:
        told = complaint.narrative.casefold()
        return (
            (not self.issue or complaint.issue in self.issue)
            and (not self.sub_issue or complaint.sub_issue in self.sub_issue)
            and (not self.sub_product or complaint.sub_product in self.sub_product)
            and (not self.says or any(words.casefold() in told for words in self.says))
        )


@dataclass(frozen=True)
class Claim:
    problem: str
    remedy: str
    amount: str | None


@dataclass(frozen=True)
class Rules:
    fewest_rows: int
    banks: frozenset[str]
    rules: tuple[Rule, ...]

    def claim(self, complaint: Complaint) -> Claim | None:
        """None where no rule fits."""
        rule = next((rule for rule in self.rules if rule.fits(complaint)), None)
        if rule is None:
            return None
        amount = largest_amount(complaint.narrative)
        return Claim(rule.problem, rule.without if amount is None else rule.with_amount, amount)

    def provider_kind(self, company: str) -> str:
        return "bank" if company in self.banks else "payment-institution"


def load_rules(path: Path = RULES) -> Rules:
    told: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    rules = tuple(Rule(**rule) for rule in told["rules"])
    return Rules(told["fewest_rows"], frozenset(told["banks"]), rules)


def largest_amount(narrative: str) -> str | None:
    """The largest amount above zero that a narrative states as {$500.00}."""
    amounts = [Decimal(found.replace(",", "")) for found in _AMOUNT.findall(narrative)]
    largest = max(amounts, default=Decimal(0))
    return f"{largest:.2f}" if largest > 0 else None
