"""The hop from gateway and notifier to campaign without a network: the same answers as through the internal door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from services.contracts.campaign_port import CampaignPort, File, Json
from services.contracts.commands_v1 import Caller, Request
from services.kit.failures import TemporaryFailure


class Loopback:
    """Implements `contracts.campaign_port.CampaignPort` by direct calls in the caller's own thread.

    Made before campaign, since campaign and notifier call each other; until `connect` it is as if campaign were away.
    Nothing gathers here: concurrent callers meet in campaign's group commit.
    """

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

    def export(self, campaign: str, published: Json | None = None) -> Iterator[bytes]:
        return self._there().export(campaign, published)

    def _there(self) -> CampaignPort:
        if self._campaign is None:
            raise TemporaryFailure("campaign-away")
        return self._campaign
