"""The hop without a network: campaign's door by direct calls, for services that live in the same process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from services.contracts.campaign_port import CampaignPort, File, Json
from services.contracts.commands_v1 import Caller, Request
from services.kit.failures import TemporaryFailure


class Loopback:
    """A CampaignPort that is named before campaign stands: notifier needs campaign, and campaign needs notifier."""

    def __init__(self) -> None:
        self._campaign: CampaignPort | None = None

    def connect(self, campaign: CampaignPort) -> None:
        self._campaign = campaign

    def execute(self, request: Request, body: BinaryIO | None = None) -> Json:
        return self._there().execute(request, body)

    def ask(self, query: str, caller: Caller, args: Mapping[str, Any]) -> Any:
        return self._there().ask(query, caller, args)

    def open_file(self, caller: Caller, campaign: str, evidence: str, redacted: bool) -> File:
        return self._there().open_file(caller, campaign, evidence, redacted)

    def export(self, campaign: str) -> Iterator[bytes]:
        return self._there().export(campaign)

    def _there(self) -> CampaignPort:
        if self._campaign is None:
            raise TemporaryFailure("campaign-starting")
        return self._campaign
