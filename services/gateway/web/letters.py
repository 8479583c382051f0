"""The letter of a step, filled with what is known; the person reads it over and changes it."""

from __future__ import annotations

import re
from typing import Any

from services.gateway.accounts.current import current_locale, services
from services.gateway.web import known
from services.gateway.web.forms import Asked

_PLACE = re.compile(r"\{([a-z]+)\}")
BLANK = "……"


def letter(asked: Asked, step: str) -> str:
    """Empty where the step has no template."""
    book = known.ask("playbook", jurisdiction=asked.campaign["jurisdiction"])
    wanted = next((one["letter"] for one in book["steps"] if one["id"] == step), None)
    if wanted is None:
        return ""
    said = _known(asked, step)
    return _PLACE.sub(lambda place: said.get(place[1]) or BLANK, known.in_words(book["letters"][wanted])).strip()


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
        "earlier": _joined(
            known.step_name(campaign["jurisdiction"], one["step"]) for one in own.get("contacts", ())
        ),
        "date": today,
    }  # fmt: skip


def _facts(claim: dict[str, Any] | None, asked: Asked) -> str:
    if claim is None:
        return ""
    day = known.local_input(claim["happened"], asked.zone).replace("T", " ")
    money = f"{claim['amount']} {claim['currency']}" if claim["amount"] else ""
    return _joined([day, known.problem_name(claim["problem"]), money, claim["reference"], claim["details"]])


def _joined(parts: Any) -> str:
    mark = "；" if current_locale() == "zh-CN" else "; "
    return mark.join(part for part in parts if part)
