"""Names of problems, steps and jurisdictions, and facts of one campaign for its pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import g

from services.gateway.accounts.current import caller, current_locale, services

Json = dict[str, Any]


class Casework:
    """Lookups in what the playbooks offer."""

    def __init__(self, told: Json) -> None:
        self.told = told

    def jurisdiction(self, wanted: str) -> Json:
        return next((one for one in self.told["jurisdictions"] if one["id"] == wanted), {})

    def problem(self, wanted: str) -> Json:
        return next((one for one in self.told["problems"] if one["id"] == wanted), {})

    def step(self, jurisdiction: str, wanted: str) -> Json:
        return next((one for one in self.jurisdiction(jurisdiction).get("steps", ()) if one["id"] == wanted), {})


def casework() -> Casework:
    return Casework(services().casebook.told())


def in_words(both: Mapping[str, str] | None) -> str:
    """Of `{zh, en}` the reader's."""
    return "" if not both else both["zh" if current_locale() == "zh-CN" else "en"]


def problem_name(problem: str) -> str:
    texts, locale = services().texts, current_locale()
    return in_words(casework().problem(problem).get("name")) or texts.get(locale, "problem-other")


def step_name(jurisdiction: str, step: str | None) -> str:
    """Of no step, nothing; of one that the playbook no longer has, its id."""
    return "" if step is None else in_words(casework().step(jurisdiction, step).get("name")) or step


def jurisdiction_name(jurisdiction: str) -> str:
    return in_words(casework().jurisdiction(jurisdiction).get("name")) or jurisdiction


def ask(query: str, **args: Any) -> Any:
    return services().campaign.ask(query, caller(), {name: str(value) for name, value in args.items()})


def campaign_facts(campaign: object, place: str) -> Json:
    """Title, zone, demands, problem: as staff sees them where the page is the console's, else as the public does."""
    key = f"facts-{place}"
    if key not in g:
        setattr(g, key, ask("console" if place == "console" else "join-page", campaign=campaign))
    facts: Json = getattr(g, key)
    return facts


def zone_of(facts: Mapping[str, Any]) -> ZoneInfo:
    return ZoneInfo(facts["timezone"])


def currency_of(facts: Mapping[str, Any]) -> str:
    return str(casework().jurisdiction(facts["jurisdiction"]).get("currency", "CNY"))


def local_input(instant: str | None, zone: ZoneInfo) -> str:
    """An instant as the field of a form has it: in the campaign's zone, without offset."""
    return datetime.fromisoformat(instant).astimezone(zone).strftime("%Y-%m-%dT%H:%M") if instant else ""
