"""What the people's door needs from outside: made by the wiring, handed to the application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint

from services.contracts.campaign_port import CampaignPort
from services.contracts.notifier_port import NotifierDoor
from services.gateway.accounts.accounts import Accounts
from services.gateway.settings import GatewaySettings
from services.kit.clock import Clock
from services.kit.health import Health
from services.kit.metrics import Metrics
from services.kit.texts import Texts

if TYPE_CHECKING:
    from services.gateway.feeds.live import Live
    from services.gateway.feeds.model import Teller
    from services.gateway.readmodels.casebook import Casebook
    from services.gateway.readmodels.progress_copy import ProgressCopy


@dataclass(frozen=True)
class GatewayServices:
    """`teller` makes sentences of public entries, `casebook` knows the names of steps and problems.
    `blueprints` are pages of local runners."""

    campaign: CampaignPort
    notifier: NotifierDoor
    accounts: Accounts
    progress: ProgressCopy
    live: Live
    casebook: Casebook
    teller: Teller
    clock: Clock
    settings: GatewaySettings
    texts: Texts
    health: Health
    metrics: Metrics
    blueprints: tuple[Blueprint, ...] = ()
