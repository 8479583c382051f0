"""One short function for each verb, and the one table of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from services.embedded.player.verbs import campaign, casework, crowd, evidence, history, joining, members
from services.embedded.player.world import Outcome, Turn

Verb = Callable[[Turn], Outcome]

TABLE: Final[dict[str, Verb]] = {
    "launch": campaign.launch,
    "publish": campaign.publish,
    "update": campaign.update,
    "revise-demands": campaign.revise_demands,
    "ballot": campaign.ballot,
    "close-ballot": campaign.close_ballot,
    "outcome": campaign.outcome,
    "close": campaign.close,
    "join": joining.join,
    "confirm": joining.confirm,
    "withdraw": joining.withdraw,
    "erase": joining.erase,
    "safety": members.safety,
    "claim": members.claim,
    "consent": members.consent,
    "vote": members.vote,
    "rate": members.rate,
    "share": members.share,
    "evidence": evidence.evidence,
    "review": evidence.review,
    "material": evidence.material,
    "contact": casework.contact,
    "promise": casework.promise,
    "file": casework.file,
    "receipt": casework.receipt,
    "respond": casework.respond,
    "escalate": casework.escalate,
    "crowd": crowd.crowd,
    "replay": history.replay,
    "verify": history.verify,
    "wait": history.wait,
}

UNSIGNED: Final = frozenset({"join", "confirm", "crowd", "replay", "verify", "wait"})
"""Verbs for which nobody signs in."""
