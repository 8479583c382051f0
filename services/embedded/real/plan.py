"""What is played: which companies become campaigns, which complaints are left out, and what happens on which day."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from services.embedded.real.rows import Complaint
from services.embedded.real.rules import Rules


@dataclass(frozen=True)
class Company:
    """A campaign to be; its problem is the one that most of its classified complaints have."""

    name: str
    kind: str
    problem: str
    complaints: tuple[Complaint, ...]

    @property
    def first_day(self) -> date:
        return self.complaints[0].received

    @property
    def organizer(self) -> str:
        slug = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")
        return f"organizer-{slug[:40]}@example.org"


@dataclass(frozen=True)
class Plan:
    companies: tuple[Company, ...]
    left_out: tuple[tuple[str, int], ...]
    fewest_rows: int

    def days(self) -> Iterator[tuple[date, Sequence[tuple[Company, Complaint]]]]:
        """Every day on which complaints were received, with those of the campaigns."""
        pairs = [(company, complaint) for company in self.companies for complaint in company.complaints]
        pairs.sort(key=lambda pair: (pair[1].received, int(pair[1].id)))
        for day, received in groupby(pairs, key=lambda pair: pair[1].received):
            yield day, tuple(received)

    @property
    def complaints(self) -> int:
        return sum(len(company.complaints) for company in self.companies)


def make_plan(complaints: Sequence[Complaint], rules: Rules) -> Plan:
    """Larger companies first; those with too few complaints are left out and named."""
    counts = Counter(complaint.company for complaint in complaints)
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    companies, left_out = [], []
    for name in ranked:
        own = tuple(complaint for complaint in complaints if complaint.company == name)
        problems = Counter(claim.problem for complaint in own if (claim := rules.claim(complaint)) is not None)
        if len(own) < rules.fewest_rows or not problems:
            left_out.append((name, len(own)))
        else:
            problem = max(problems, key=lambda known: (problems[known], known))
            companies.append(Company(name, rules.provider_kind(name), problem, own))
    return Plan(tuple(companies), tuple(left_out), rules.fewest_rows)
