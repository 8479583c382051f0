"""Campaign's internal questions, asked through its port; its refusals become failures for good, but where it broke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.contracts.codes import Refused
from services.contracts.commands_v1 import Caller
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.logs import logger
from services.notifier.application.ports import CAMPAIGN_BROKE, Ask, Questions, Recipient, Words

NOTIFIER: Final = Caller()
"""No person asks: campaign answers internal questions to nobody else."""


class PortDoor:
    """CampaignDoor over campaign's port, loopback or HTTP."""

    def __init__(self, port: Questions) -> None:
        self._port = port

    def recipients(self, campaign: str, asks: Sequence[Ask]) -> Sequence[Recipient | None]:
        wire = [{"recipient": ask.recipient, "event": ask.event, "link": ask.link} for ask in asks]
        answers: list[dict[str, Any] | None] = self._ask("recipients", {"campaign": campaign, "asks": wire})
        return [
            None
            if found is None
            else Recipient(
                found["email"], found.get("name"), found["locale"], found.get("token"), found.get("words") or {}
            )
            for found in answers
        ]

    def words(self, events: Sequence[str]) -> Mapping[str, Words]:
        if not events:
            return {}
        found: Mapping[str, Words] = self._ask("content", {"event_ids": list(events)})
        return found

    def casework(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._ask("casework", {})
        return found

    def _ask(self, query: str, args: Mapping[str, Any]) -> Any:
        try:
            return self._port.ask(query, NOTIFIER, args)
        except Refused as refusal:
            if refusal.code == "internal":
                raise TemporaryFailure(CAMPAIGN_BROKE) from None
            raise PermanentFailure(f"campaign-refused-{refusal.code}") from None
        except (TemporaryFailure, PermanentFailure):
            raise
        except Exception as error:
            logger(__name__).error("campaign broke over a question", query=query, exc_info=error)
            raise TemporaryFailure(CAMPAIGN_BROKE) from error


class CaseworkGuide:
    """Names of problems and steps, fetched when first needed and kept: they change with a new release only."""

    def __init__(self, door: PortDoor) -> None:
        self._door = door
        self._problems: dict[str, Mapping[str, Any]] = {}
        self._steps: dict[str, Mapping[str, Any]] = {}

    def problem(self, problem: str, locale: str) -> str:
        self._fetch()
        return _named(self._problems.get(problem), problem, locale)

    def step(self, step: str, locale: str) -> str:
        self._fetch()
        return _named(self._steps.get(step), step, locale)

    def urgent(self, problem: str, locale: str) -> Sequence[str]:
        self._fetch()
        words = (self._problems.get(problem) or {}).get("urgent") or {}
        found = words.get(_language(locale), ())
        return [line for line in found.splitlines() if line] if isinstance(found, str) else list(found)

    def _fetch(self) -> None:
        if self._problems:
            return
        casework = self._door.casework()
        self._steps = {step["id"]: step for place in casework["jurisdictions"] for step in place["steps"]}
        self._problems = {problem["id"]: problem for problem in casework["problems"]}


def _named(found: Mapping[str, Any] | None, id: str, locale: str) -> str:
    return id if found is None else str(found["name"][_language(locale)])


def _language(locale: str) -> str:
    return "zh" if locale.startswith("zh") else "en"
