"""Names of steps and problems, as the playbooks have them, kept for an hour; readers of feeds never wait for more."""

from __future__ import annotations

import threading
import time
from typing import Any

from services.contracts.campaign_port import CampaignPort
from services.contracts.codes import Refused
from services.contracts.commands_v1 import Caller
from services.kit.failures import TemporaryFailure

_KEPT_SECONDS = 3600.0
_AGAIN_SECONDS = 5.0


class Casebook:
    def __init__(self, campaign: CampaignPort) -> None:
        self._campaign = campaign
        self._lock = threading.Lock()
        self._told: dict[str, Any] = {"jurisdictions": [], "problems": []}
        self._until = 0.0

    def told(self) -> dict[str, Any]:
        """The answer of the query `casework`; the last known one while campaign is away."""
        if time.monotonic() >= self._until and self._lock.acquire(blocking=not self._told["problems"]):
            try:
                if time.monotonic() >= self._until:
                    self._ask()
            finally:
                self._lock.release()
        return self._told

    def step(self, step: str, locale: str) -> str:
        """The name of a step, or its id where the playbooks do not know it."""
        for jurisdiction in self.told()["jurisdictions"]:
            for known in jurisdiction["steps"]:
                if known["id"] == step:
                    return _in(known["name"], locale)
        return step

    def problem(self, problem: str, locale: str) -> str:
        for known in self.told()["problems"]:
            if known["id"] == problem:
                return _in(known["name"], locale)
        return problem

    def _ask(self) -> None:
        try:
            self._told = self._campaign.ask("casework", Caller(), {})
            self._until = time.monotonic() + _KEPT_SECONDS
        except (TemporaryFailure, Refused):
            self._until = time.monotonic() + _AGAIN_SECONDS


def _in(name: dict[str, str], locale: str) -> str:
    return name["zh" if locale == "zh-CN" else "en"]
