"""Forms about contacts and filings, the same for a member's own and for the campaign's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from flask import request

from services.contracts import commands_v1 as c
from services.gateway.accounts.current import current_locale, services
from services.gateway.api import schemas as s
from services.gateway.web import known, letters
from services.gateway.web.forms import Asked, Form, Sheet
from services.gateway.web.inputs import Input
from services.gateway.web.page_schemas import FilingOnPage

BOTH: Final = ("me", "console")
CLOSING_REASONS: Final = ("settled", "withdrawn", "member-left", "superseded", "campaign-ended")
OVERRIDE: Final = Input("override_reason", "area", needed=False, longest=s.PARAGRAPH)
STATEMENT: Final = Input("statement", "area", longest=s.STORY)


def by(asked: Asked) -> str:
    return "own" if asked.place == "me" else "collective"


def steps_for(asked: Asked, filer: str) -> list[tuple[str, str]]:
    steps = known.casework().jurisdiction(asked.campaign["jurisdiction"]).get("steps", ())
    route = known.casework().problem(asked.campaign["problem"]).get("route", {}).get(asked.campaign["jurisdiction"], ())
    places = {step: place for place, step in enumerate(route)}
    usable = [step for step in steps if filer in step["filers"]]
    usable.sort(key=lambda step: places.get(step["id"], len(places)))
    return [(step["id"], known.in_words(step["name"])) for step in usable]


def step_links(asked: Asked, filer: str) -> Sheet:
    """The steps of this problem's route stand first; the others are a fold away."""
    steps = steps_for(asked, filer)
    route = known.casework().problem(asked.campaign["problem"]).get("route", {}).get(asked.campaign["jurisdiction"], ())
    usual = sum(step in route for step, _ in steps) or len(steps)
    return Sheet(choices={"step": steps}, facts={"usual": usual}, inputs=(Input("step", "step-links"),))


def chosen_step(asked: Asked, filer: str) -> str | None:
    """Of the form or of the link; only one that the playbook offers."""
    wanted = request.form.get("step") or request.args.get("step")
    return wanted if wanted in [step for step, _ in steps_for(asked, filer)] else None


def _contact(asked: Asked) -> Sheet:
    step = chosen_step(asked, by(asked))
    return Sheet({"step": step or ""}, {"step": steps_for(asked, by(asked))})


def _promise(asked: Asked) -> Sheet:
    wanted = str(asked.ids["contact"])
    told = known.ask("contacts", campaign=asked.ids["campaign"])
    return Sheet(facts={"contact": next((one for one in told if one["contact"] == wanted), None)})


def _filing(asked: Asked) -> Sheet:
    """First which step; then what the playbook says of it, a letter to begin with, and the statement."""
    step = chosen_step(asked, by(asked))
    if step is None:
        return step_links(asked, by(asked))
    check = known.ask("check", campaign=asked.ids["campaign"], act="file", step=step, by=by(asked))
    letter = letters.letter(asked, step)
    inputs = (Input("step", "hidden"), STATEMENT, *((replace(OVERRIDE, needed=True),) if check["refusal"] else ()))
    facts = {"check": check, "id": step, "step": known.step_name(asked.campaign["jurisdiction"], step)}
    facts["where"] = letters.told_of(asked, step).get("contact", ())
    return Sheet({"step": step, "statement": letter}, facts=facts, inputs=inputs)


def _of_filing(asked: Asked) -> Sheet:
    wanted = str(asked.ids["filing"])
    told = known.ask("filings", campaign=asked.ids["campaign"])
    return Sheet(facts={"filing": next((one for one in told if one["filing"] == wanted), None)})


def words(key: str) -> str:
    return services().texts.get(current_locale(), key)


def _file_words(one: known.Json) -> str:
    return str(one["file_name"] or words(f"choice-evidence-kind-{one['kind']}"))


def _material(asked: Asked) -> Sheet:
    facts = dict(_of_filing(asked).facts)
    requests = (facts["filing"] or {}).get("materials", ())
    facts["asked"] = next((one for one in requests if one["request"] == str(asked.ids["request"])), None)
    items: list[dict[str, Any]]
    if asked.place == "me":
        items = known.ask("my-record", campaign=asked.ids["campaign"])["evidence"]
    else:
        items = known.ask("evidence", campaign=asked.ids["campaign"])["items"]
    kept = [one for one in items if one["state"] != "withdrawn"]
    return Sheet(
        choices={"evidence": [("", words("choose-one")), *((one["evidence"], _file_words(one)) for one in kept)]},
        facts=facts,
    )


CASE_FORMS: Final = (
    Form(
        "contact",
        "contact",
        c.LogContact,
        (
            Input("step", "select"),
            Input("channel", "choice", words="channel", values=s.CONTACT_CHANNELS),
            Input("agent", needed=False),
            Input("staff_number", needed=False),
            Input("said", "area", needed=False, longest=s.STORY),
        ),
        s.ContactLog,
        BOTH,
        _contact,
        fixed=lambda asked: {"by": by(asked)},
        back="contacts",
    ),
    Form(
        "promise",
        "contacts/<uuid:contact>/promises",
        c.RecordPromise,
        (Input("what"), Input("until", "moment")),
        s.Promise,
        BOTH,
        _promise,
        above="above/contact.html",
        back="contacts",
    ),
    Form(
        "file",
        "file",
        c.SubmitFiling,
        (Input("step", "hidden"), STATEMENT),
        FilingOnPage,
        BOTH,
        _filing,
        fixed=lambda asked: {"by": by(asked)},
        above="above/before.html",
        back="filings",
    ),
    Form(
        "receipt",
        "filings/<uuid:filing>/receipt",
        c.RecordReceipt,
        (Input("number"), Input("received_on", "day", needed=False)),
        s.Receipt,
        BOTH,
        _of_filing,
        above="above/filing.html",
        back="filings",
    ),
    Form(
        "response",
        "filings/<uuid:filing>/response",
        c.RecordResponse,
        (
            Input("verdict", "choice", words="verdict", values=s.RESPONSE_VERDICTS),
            Input("responder", needed=False),
            Input("text", "area", needed=False, longest=s.STORY),
            Input("responded_on", "day", needed=False),
        ),
        s.Response,
        BOTH,
        _of_filing,
        above="above/filing.html",
        back="filings",
    ),
    Form(
        "extend",
        "filings/<uuid:filing>/deadline",
        c.ExtendDeadline,
        (Input("deadline", "day"), Input("reason", needed=False)),
        s.Extension,
        BOTH,
        _of_filing,
        above="above/filing.html",
        back="filings",
    ),
    Form(
        "close-filing",
        "filings/<uuid:filing>/close",
        c.CloseFiling,
        (Input("reason", "choice", words="closing", values=CLOSING_REASONS),),
        s.FilingEnd,
        BOTH,
        _of_filing,
        above="above/filing.html",
        back="filings",
        danger=True,
    ),
    Form(
        "material",
        "filings/<uuid:filing>/materials/<uuid:request>",
        c.GiveMaterial,
        (Input("evidence", "select"),),
        s.MaterialGiven,
        BOTH,
        _material,
        above="above/material.html",
        back="filings",
    ),
)
