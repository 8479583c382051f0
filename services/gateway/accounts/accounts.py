"""Accounts as the rest of gateway sees them: links, sessions, the key of a person, the operator."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from sqlalchemy import Engine

from services.contracts.notifier_port import NotifierPort
from services.gateway.accounts.links import Links
from services.gateway.accounts.sealing import Sealer
from services.gateway.accounts.sessions import Sessions
from services.kit.clock import Clock


@dataclass(frozen=True)
class Accounts:
    links: Links
    sessions: Sessions
    signing_key: bytes
    operator_token: str | None = None

    def is_operator(self, token: str) -> bool:
        known = self.operator_token
        return known is not None and hmac.compare_digest(known.encode(), token.encode("utf-8", "surrogatepass"))


def build_accounts(
    engine: Engine,
    clock: Clock,
    notifier: NotifierPort,
    *,
    key: bytes,
    pepper: bytes,
    links_per_window: int,
    operator_token: str | None = None,
) -> Accounts:
    sealer = Sealer(key)
    sessions = Sessions(engine, sealer, clock)
    links = Links(engine, sealer, clock, sessions, notifier, pepper, links_per_window)
    return Accounts(links, sessions, sealer.signing_key, operator_token)
