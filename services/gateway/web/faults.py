"""What is wrong with a form, told at the field in the person's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.contracts.codes import Refused
from services.gateway.accounts.current import current_locale, services
from services.gateway.app_errors import describe
from services.gateway.web.inputs import Input
from services.kit.problems import FieldError, Problem

BELONGS_TO: Final = {
    "amount": ("amount-not-positive", "amount-too-precise", "amount-too-large", "amount-malformed", "amount-missing"),
    "currency": ("currency-unknown", "currency-missing"),
    "happened": ("happened-in-future",),
    "taken": ("safety-steps-missing",),
    "email": ("email-invalid", "address-taken", "already-organizer", "already-auditor"),
    "expires_on": ("expiry-in-past",),
    "demands": ("demands-missing", "demands-too-many", "demand-unknown", "outcome-empty"),
    "body": ("names-a-member",),
    "jurisdiction": ("jurisdiction-unknown",),
    "problem": ("problem-unknown",),
    "file": (
        "file-type-mismatch", "file-type-unsupported", "file-too-large", "file-empty", "file-unreadable",
        "file-encrypted", "picture-too-large", "evidence-too-many",
    ),
    "reason_code": ("reason-missing",),
    "step": ("step-unknown", "filing-already-open", "filer-not-allowed"),
    "override_reason": ("precondition-missing",),
    "number": ("receipt-already-recorded",),
    "deadline": ("deadline-not-later",),
    "until": ("promise-in-past", "ballot-ends-in-past"),
    "option": ("option-unknown", "already-voted", "ballot-closed"),
    "options": ("options-unusable",),
    "code": ("token-invalid",),
}  # fmt: skip
_FIELD_OF: Final = {code: field for field, codes in BELONGS_TO.items() for code in codes}
FORM: Final = ""
"""The name under which a fault of the whole form stands."""


@dataclass(frozen=True)
class FormFault:
    """`field` is the input it belongs to, or FORM."""

    field: str
    text: str


def of_problem(problem: Problem, inputs: Sequence[Input]) -> list[FormFault]:
    """One fault a field, the first."""
    found: dict[str, FormFault] = {}
    for error in problem.errors:
        field = _field(error.pointer.lstrip("/").split("/")[0], inputs)
        found.setdefault(field, FormFault(field, _words(error, _told_as(field, inputs))))
    return list(found.values()) or [FormFault(FORM, describe_detail(problem.code, {}))]


def of_refusal(refused: Refused, inputs: Sequence[Input]) -> FormFault:
    """A refusal of campaign, at the field it speaks of where that is asked for."""
    named = refused.facts.get("field")
    field = _field(named if isinstance(named, str) else _FIELD_OF.get(refused.code, FORM), inputs)
    facts = {name: value for name, value in refused.facts.items() if name not in ("email", "value")}
    return FormFault(field, describe_detail(refused.code, facts))


def describe_detail(code: str, facts: dict[str, object]) -> str:
    return describe(services().texts, code, facts, current_locale())[1]


def ordered(faults: Iterable[FormFault], inputs: Sequence[Input]) -> list[FormFault]:
    """As the questions stand on the page; what concerns the whole form first."""
    places = {asked.name: place for place, asked in enumerate(inputs, 1)}
    return sorted(faults, key=lambda fault: places.get(fault.field, 0))


def _told_as(field: str, inputs: Sequence[Input]) -> str:
    """What became of the demands is asked in the place of the demands, and told in words of its own."""
    return "results" if any(one.name == field and one.kind == "results" for one in inputs) else field


def _field(name: str, inputs: Sequence[Input]) -> str:
    return name if any(asked.name == name for asked in inputs) else FORM


def _words(error: FieldError, field: str) -> str:
    texts, locale = services().texts, current_locale()
    keys = texts.keys(locale)
    facts = {name: value for name, value in error.facts.items() if isinstance(value, str | int)}
    for key in (f"fault-{field}-{error.code}", f"fault-{error.code}"):
        if key in keys:
            return texts.get(locale, key, **facts)
    return describe_detail(error.code, dict(error.facts))


def describe_field(field: str, code: str) -> str:
    """What a page itself finds wrong."""
    return _words(FieldError(f"/{field}", code, {"field": field}), field)
