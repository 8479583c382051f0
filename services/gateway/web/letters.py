"""The letter of a step, filled with what is known; the person reads it over and changes it."""

from __future__ import annotations

import re
from typing import Any

from flask import g

from services.gateway.accounts.current import current_locale, services
from services.gateway.web import known
from services.gateway.web.forms import Asked
from services.gateway.web.shown import money

_PLACE = re.compile(r"\{([a-z]+)\}")
BLANK = "……"


def letter(asked: Asked, step: str) -> str:
    """Empty where the step has no template."""
    wanted = told_of(asked, step).get("letter")
    if wanted is None:
        return ""
    said, template = _known(asked, step), known.in_words(_book(asked)["letters"][wanted])
    return _PLACE.sub(lambda place: said.get(place[1]) or BLANK, template).strip()


def told_of(asked: Asked, step: str) -> known.Json:
    """All that the playbook says of this step."""
    found: known.Json = next((one for one in _book(asked)["steps"] if one["id"] == step), {})
    return found


def _book(asked: Asked) -> known.Json:
    if "playbook" not in g:
        g.playbook = known.ask("playbook", jurisdiction=asked.campaign["jurisdiction"])
    found: known.Json = g.playbook
    return found


def _known(asked: Asked, step: str) -> dict[str, str]:
    campaign = asked.campaign
    own = known.ask("my-record", campaign=asked.ids["campaign"]) if asked.place == "me" else {}
    today = services().clock.now().astimezone(asked.zone).date().isoformat()
    return {
        "provider": campaign["provider"]["name"] or "",
        "problem": known.problem_name(campaign["problem"]),
        "facts": _facts(own.get("claim"), asked) if asked.place == "me" else campaign["summary"] or "",
        "demands": _joined(demand["text"] for demand in campaign["demands"]),
        "evidence": _joined(one["file_name"] for one in own.get("evidence", ()) if one["state"] != "withdrawn"),
        "contact": own.get("email") or "",
        "step": known.step_name(campaign["jurisdiction"], step),
        "earlier": _joined(_contact(one, asked) for one in _contacts(asked)),
        "date": today,
    }  # fmt: skip


def _contacts(asked: Asked) -> list[dict[str, Any]]:
    """Whoever files tells of their own contacts, the earliest first."""
    wanted = "own" if asked.place == "me" else "collective"
    told = [one for one in known.ask("contacts", campaign=asked.ids["campaign"]) if one["by"] == wanted]
    return sorted(told, key=lambda one: str(one["at"]))


def _contact(one: dict[str, Any], asked: Asked) -> str:
    """What the campaign files is public, so it names neither agents nor their words."""
    day = known.local_input(one["at"], asked.zone).replace("T", " ")
    channel = services().texts.get(current_locale(), f"choice-channel-{one['channel']}")
    own = (one["agent"], one["staff_number"]) if asked.place == "me" else ()
    parts = (day, known.step_name(asked.campaign["jurisdiction"], one["step"]), channel, *own)
    told = " ".join(part for part in parts if part)
    return f"{told}: {one['said']}" if asked.place == "me" and one["said"] else told


def _facts(claim: dict[str, Any] | None, asked: Asked) -> str:
    if claim is None:
        return ""
    day = known.local_input(claim["happened"], asked.zone).replace("T", " ")
    sum_of = money(claim["amount"], claim["currency"]) if claim["amount"] else ""
    return _joined([day, known.problem_name(claim["problem"]), sum_of, claim["reference"], claim["details"]])


def _joined(parts: Any) -> str:
    mark = "；" if current_locale() == "zh-CN" else "; "
    return mark.join(part for part in parts if part)
