"""Every kind of mail as a short recipe: what it says, in which order, and what to do next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from services.notifier.rendering import casework, people
from services.notifier.rendering.desk import Pen
from services.notifier.rendering.mail import Mail

Compose = Callable[[Pen], Mail]

COMPOSERS: Final[dict[str, Compose]] = {
    "sign-in": people.sign_in,
    "confirmation": people.confirmation,
    "already-joined": people.already_joined,
    "welcome": people.welcome,
    "safety-record": people.safety_record,
    "evidence-more-needed": people.evidence_more_needed,
    "erasure-done": people.erasure_done,
    "update": people.update,
    "demands-revised": people.demands_revised,
    "ballot-opened": people.ballot_opened,
    "outcome": people.outcome,
    "material-requested": casework.material_requested,
    "promise-broken": casework.promise_broken,
    "deadline-near": casework.deadline_near,
    "deadline-lapsed": casework.deadline_lapsed,
    "invitation": casework.invitation,
}
