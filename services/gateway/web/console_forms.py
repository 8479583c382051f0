"""The forms of the organizer's console: the campaign itself, its people, evidence, ballots, outcome."""

from __future__ import annotations

from typing import Any, Final

from services.contracts import commands_v1 as c
from services.gateway.accounts.current import current_locale
from services.gateway.api import schemas as s
from services.gateway.web import known
from services.gateway.web.case_forms import OVERRIDE, chosen_step, step_links, words
from services.gateway.web.forms import Asked, Form, Sheet
from services.gateway.web.inputs import Input
from services.gateway.web.page_schemas import BothWords

CONSOLE: Final = ("console",)
LANGUAGE: Final = Input("locale", "choice", words="language", values=s.LOCALES)


def _words(asked: Asked) -> Sheet:
    return Sheet({name: asked.campaign[name] for name in ("title", "summary")})


def _demands(asked: Asked) -> Sheet:
    return Sheet({"demands": asked.campaign["demands"]}, facts={"version": asked.campaign["demand_version"]})


def _language(_asked: Asked) -> Sheet:
    return Sheet({"locale": current_locale()})


def _escalate(asked: Asked) -> Sheet:
    """First to which step; then what the playbook says before it is decided."""
    step = chosen_step(asked, "collective")
    if step is None:
        return step_links(asked, "collective")
    check = known.ask("check", campaign=asked.ids["campaign"], act="escalate", step=step, by="collective")
    early = check["refusal"] or any(told["topic"] == "earlier-step-first" for told in check["warnings"])
    reason = Input("reason", "area", needed=False, longest=s.PARAGRAPH)
    inputs = (Input("step", "hidden"), reason, *((OVERRIDE,) if early else ()))
    facts = {"check": check, "step": known.step_name(asked.campaign["jurisdiction"], step)}
    return Sheet({"step": step}, facts=facts, inputs=inputs)


def _one_evidence(asked: Asked) -> Sheet:
    """Found by turning the pages of the list; there is no other way to one."""
    wanted, after = str(asked.ids["evidence"]), None
    for _ in range(50):
        told = known.ask("evidence", campaign=asked.ids["campaign"], limit=200, **({"after": after} if after else {}))
        found = next((one for one in told["items"] if one["evidence"] == wanted), None)
        after = told["next"]
        if found is not None or after is None:
            break
    return Sheet({"kind": found["kind"]} if found else {}, facts={"evidence": found, "staff": True})


def _material(asked: Asked) -> Sheet:
    campaign = asked.ids["campaign"]
    people = known.ask("members", campaign=campaign, limit=200)["items"]
    filings = [one for one in known.ask("filings", campaign=campaign) if one["state"] in ("open", "lapsed")]
    return Sheet(
        choices={
            "member": [("", words("the-filer")), *((one["subject"], one["name"] or "—") for one in people)],
            "filing": [("", words("no-filing")), *((one["filing"], known.in_words(one["name"])) for one in filings)],
        }
    )


def _outcome(asked: Asked) -> Sheet:
    currency = known.currency_of(asked.campaign)
    values = {"offered-currency": currency, "paid-currency": currency}
    return Sheet(values, facts={"demands": asked.campaign["demands"]})


def _named(asked: Asked) -> Sheet:
    for kind in ("organizer", "auditor"):
        if kind in asked.ids:
            wanted = str(asked.ids[kind])
            return Sheet(facts={"person": next((p for p in asked.campaign[f"{kind}s"] if p[kind] == wanted), None)})
    return Sheet()


def _ballot(asked: Asked) -> Sheet:
    wanted = str(asked.ids["ballot"])
    told = known.ask("ballots", campaign=asked.ids["campaign"])
    return Sheet(facts={"ballot": next((one for one in told if one["ballot"] == wanted), None)})


def _ending(asked: Asked) -> Sheet:
    return Sheet(facts={"counts": asked.campaign["counts"]})


def _console(name: str, tail: str, command: type[c.Command], *inputs: Input, **more: Any) -> Form:
    return Form(name, tail, command, inputs, places=CONSOLE, **more)


CONSOLE_FORMS: Final = (
    _console("publish", "publish", c.PublishCampaign),
    _console(
        "revise",
        "words",
        c.ReviseCampaign,
        Input("title", longest=s.TITLE),
        Input("summary", "area", longest=s.STORY),
        schema=BothWords,
        prepare=_words,
    ),
    _console(
        "demands",
        "demands",
        c.ReviseDemands,
        Input("demands", "demands"),
        schema=s.Demands,
        prepare=_demands,
    ),
    _console(
        "update",
        "update",
        c.PublishUpdate,
        Input("title", longest=s.TITLE),
        Input("body", "area", longest=s.STORY),
        schema=s.Update,
    ),
    _console("escalate", "escalate", c.DecideEscalation, Input("step", "hidden"), schema=s.Escalation,
             prepare=_escalate, above="above/before.html"),
    _console(
        "outcome",
        "outcome",
        c.RecordOutcome,
        Input("demands", "results"),
        Input("offered", "sum", needed=False),
        Input("paid", "sum", needed=False),
        Input("note", "area", needed=False, longest=s.PARAGRAPH),
        schema=s.Outcome,
        prepare=_outcome,
    ),
    _console("close", "close", c.CloseCampaign, prepare=_ending, above="above/close.html", danger=True),
    _console(
        "invite-organizer",
        "organizers",
        c.InviteOrganizer,
        Input("email", "email"),
        LANGUAGE,
        schema=s.OrganizerInvitation,
        prepare=_language,
        back="people",
    ),
    _console("remove-organizer", "organizers/<uuid:organizer>/remove", c.RemoveOrganizer, prepare=_named,
             above="above/person.html", back="people", danger=True),
    _console(
        "invite-auditor",
        "auditors",
        c.InviteAuditor,
        Input("name"),
        Input("email", "email"),
        Input("expires_on", "day"),
        LANGUAGE,
        schema=s.AuditorInvitation,
        prepare=_language,
        back="people",
    ),
    _console("remove-auditor", "auditors/<uuid:auditor>/remove", c.RemoveAuditor, prepare=_named,
             above="above/person.html", back="people", danger=True),
    _console(
        "invalidate",
        "members/<uuid:subject>/invalidate",
        c.InvalidateMembership,
        Input("reason", "choice", words="invalidation", values=s.INVALIDATION_REASONS),
        schema=s.Invalidation,
        back="members",
        danger=True,
    ),
    _console("reinstate", "members/<uuid:subject>/reinstate", c.ReinstateMembership, back="members"),
    _console(
        "review",
        "evidence/<uuid:evidence>/review",
        c.ReviewEvidence,
        Input("verdict", "choice", words="review", values=s.REVIEW_VERDICTS),
        Input("reason_code", "choice", needed=False, words="review-reason", values=s.REVIEW_REASONS),
        Input("note", "area", needed=False, longest=s.PARAGRAPH),
        schema=s.Review,
        prepare=_one_evidence,
        above="above/evidence.html",
        back="evidence",
    ),
    _console(
        "classify",
        "evidence/<uuid:evidence>/kind",
        c.ClassifyEvidence,
        Input("kind", "choice", words="evidence-kind", values=s.EVIDENCE_KINDS),
        schema=s.EvidenceKind,
        prepare=_one_evidence,
        above="above/evidence.html",
        back="evidence",
    ),
    _console(
        "ask-material",
        "materials",
        c.RequestMaterial,
        Input("asked", "area", longest=s.PARAGRAPH),
        Input("member", "select", needed=False),
        Input("filing", "select", needed=False),
        Input("until", "day", needed=False),
        schema=s.MaterialRequest,
        prepare=_material,
        back="filings",
    ),
    _console(
        "open-ballot",
        "ballot",
        c.OpenBallot,
        Input("question"),
        Input("options", "lines"),
        Input("until", "moment"),
        schema=s.BallotBody,
        back="ballots",
    ),
    _console("close-ballot", "ballots/<uuid:ballot>/close", c.CloseBallot, prepare=_ballot, above="above/ballot.html",
             back="ballots", danger=True),
)  # fmt: skip
