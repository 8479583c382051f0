"""Campaign as the gateway calls it: every command travels with the id of the request that is being served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from services.contracts.campaign_port import CampaignPort, File, Json
from services.contracts.commands_v1 import Caller, Request
from services.kit.logs import correlation


class CorrelatedCampaign:
    """Implements `contracts.campaign_port.CampaignPort`: no command can be sent without its request's id."""

    def __init__(self, campaign: CampaignPort) -> None:
        self._campaign = campaign

    def execute(self, request: Request, body: BinaryIO | None = None) -> Json:
        named = Request(
            request.command, request.caller, request.idempotency_key, request.expected_version, correlation()
        )
        return self._campaign.execute(named, body)

    def ask(self, query: str, caller: Caller, args: Mapping[str, Any]) -> Any:
        return self._campaign.ask(query, caller, args)

    def open_file(self, caller: Caller, campaign: str, evidence: str, redacted: bool) -> File:
        return self._campaign.open_file(caller, campaign, evidence, redacted)

    def export(self, campaign: str, published: Json | None = None) -> Iterator[bytes]:
        return self._campaign.export(campaign, published)
