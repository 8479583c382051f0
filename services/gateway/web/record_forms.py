"""The forms of a member's own record: what happened, evidence, agreement, voting, leaving."""

from __future__ import annotations

from typing import Any, Final

from services.contracts import commands_v1 as c
from services.gateway.api import schemas as s
from services.gateway.web import known
from services.gateway.web.forms import Asked, Form, Sheet
from services.gateway.web.inputs import CURRENCIES, Input
from services.gateway.web.page_schemas import FilingConsent


def _record(asked: Asked) -> dict[str, Any]:
    record: dict[str, Any] = known.ask("my-record", campaign=asked.ids["campaign"])
    return record


def _problems(asked: Asked) -> list[tuple[str, str]]:
    """The campaign's own problem stands first."""
    told = sorted(known.casework().told["problems"], key=lambda one: one["id"] != asked.campaign["problem"])
    return [(one["id"], known.in_words(one["name"])) for one in told]


def _claim(asked: Asked) -> Sheet:
    claim = _record(asked)["claim"] or {}
    values = {name: claim.get(name) for name in ("remedy", "amount", "reference", "details")}
    values["what"] = claim.get("problem") or asked.campaign["problem"]
    values["currency"] = claim.get("currency") or known.currency_of(asked.campaign)
    if claim.get("private"):
        values["private"] = "yes"
    values["happened"] = known.local_input(claim.get("happened"), asked.zone)
    return Sheet(values, {"what": _problems(asked), "currency": [(one, one) for one in CURRENCIES]})


def _safety(asked: Asked) -> Sheet:
    record = _record(asked)
    taken = sorted({step for told in record["safety"] for step in told["steps"]})
    return Sheet({"taken": taken}, facts={"urgent": record["urgent"]})


def _consent(asked: Asked) -> Sheet:
    record = _record(asked)
    return Sheet(facts={"demands": asked.campaign["demands"], "version": record["current_demand_version"]})


def _consent_fixed(asked: Asked) -> dict[str, Any]:
    return {"to": "demands", "demand_version": asked.campaign["demand_version"]}


def _steps(asked: Asked) -> Sheet:
    steps = known.casework().jurisdiction(asked.campaign["jurisdiction"]).get("steps", ())
    collective = [step for step in steps if "collective" in step["filers"]]
    return Sheet(choices={"step": [(step["id"], known.in_words(step["name"])) for step in collective]})


def _one_evidence(asked: Asked) -> Sheet:
    wanted = str(asked.ids["evidence"])
    return Sheet(facts={"evidence": next((e for e in _record(asked)["evidence"] if e["evidence"] == wanted), None)})


def _ballot(asked: Asked) -> Sheet:
    wanted = str(asked.ids["ballot"])
    ballot = next((one for one in _record(asked)["ballots"] if one["ballot"] == wanted), None)
    options = [] if ballot is None else [(str(place), text) for place, text in enumerate(ballot["options"], 1)]
    return Sheet(choices={"option": options}, facts={"ballot": ballot})


def _rating(asked: Asked) -> Sheet:
    return Sheet(_record(asked)["rating"] or {})


def _address(asked: Asked) -> Sheet:
    return Sheet(facts={"email": _record(asked)["email"]})


def _checklist(asked: Asked) -> Sheet:
    return Sheet(facts={"checklist": _record(asked)["checklist"]})


KIND: Final = Input("kind", "choice", words="evidence-kind", values=s.EVIDENCE_KINDS)
RECORD_FORMS: Final = (
    Form(
        "claim",
        "claim",
        c.StateClaim,
        (
            Input("what", "select"),
            Input("happened", "moment"),
            Input("remedy", "choice", words="demand", values=s.DEMAND_KINDS),
            Input("amount", "money", needed=False),
            Input("currency", "currency", needed=False),
            Input("private", "tick", needed=False),
            Input("reference", needed=False),
            Input("details", "area", needed=False, longest=s.STORY),
        ),
        s.Claim,
        prepare=_claim,
        back="claim",
    ),
    Form(
        "safety",
        "safety",
        c.TakeSafetySteps,
        (Input("taken", "checks", words="safety", values=s.SAFETY_STEPS),),
        s.SafetySteps,
        prepare=_safety,
        above="above/urgent.html",
        back="safety",
    ),
    Form(
        "consent",
        "consent",
        c.GiveConsent,
        prepare=_consent,
        fixed=_consent_fixed,
        above="above/demands.html",
        back="demands",
    ),
    Form(
        "consent-filing",
        "consent/filing",
        c.GiveConsent,
        (Input("step", "select"),),
        FilingConsent,
        prepare=_steps,
        fixed=lambda _asked: {"to": "filing"},
        back="demands",
    ),
    Form("consent-contact", "consent/contact", c.GiveConsent, fixed=lambda _asked: {"to": "contact"}, back="demands"),
    Form(
        "evidence",
        "evidence",
        c.SubmitEvidence,
        (
            Input("file", "file"),
            KIND,
            Input("captured", "moment", needed=False),
            Input("note", "area", needed=False, longest=s.PARAGRAPH),
        ),
        s.EvidenceFields,
        prepare=_checklist,
        above="above/checklist.html",
        back="evidence",
        file=True,
    ),
    Form(
        "redact",
        "evidence/<uuid:evidence>/redacted",
        c.RedactEvidence,
        (Input("file", "file"),),
        prepare=_one_evidence,
        above="above/evidence.html",
        back="evidence",
        file=True,
    ),
    Form(
        "withdraw-evidence",
        "evidence/<uuid:evidence>/withdraw",
        c.WithdrawEvidence,
        prepare=_one_evidence,
        above="above/evidence.html",
        back="evidence",
        danger=True,
    ),
    Form(
        "vote",
        "ballots/<uuid:ballot>",
        c.CastVote,
        (Input("option", "whole"),),
        s.VoteBody,
        prepare=_ballot,
        above="above/ballot.html",
        back="ballots",
    ),
    Form(
        "rating",
        "rating",
        c.RateOutcome,
        (Input("satisfied", "yes-no"), Input("text", "area", needed=False, longest=s.PARAGRAPH)),
        s.Rating,
        prepare=_rating,
        back="rating",
    ),
    Form(
        "experience",
        "experience",
        c.ShareExperience,
        (Input("text", "area", longest=s.STORY),),
        s.Experience,
        places=("me", "console"),
    ),
    Form(
        "address",
        "address",
        c.ChangeContact,
        (Input("email", "email", autocomplete="email"),),
        s.NewAddress,
        prepare=_address,
        above="above/address.html",
        back="account",
    ),
    Form("leave", "leave", c.WithdrawMembership, above="above/leave.html", back="account", danger=True),
    Form("erase", "erase", c.RequestErasure, above="above/erase.html", back="account", danger=True, signs_out=True),
)
