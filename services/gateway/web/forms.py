"""A form page: one question or a few, the command they make, where the person goes on; shown and taken in one way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from services.contracts.codes import Refused
from services.contracts.commands_v1 import Command, Request
from services.gateway.accounts.current import caller, current_person, forget, services
from services.gateway.api.fields import Strict
from services.gateway.api.reading import load
from services.gateway.api.schemas import Nothing
from services.gateway.web import faults
from services.gateway.web.going import sign_in_first
from services.gateway.web.inputs import Input, Typed, typed_from
from services.gateway.web.known import campaign_facts, zone_of
from services.kit.failures import TemporaryFailure
from services.kit.ids import new_id
from services.kit.problems import Problem

Ids = Mapping[str, Any]
Choice = tuple[str, str]
KEEPS_THE_PAGE = frozenset({"not-found", "not-permitted", "internal", "bad-host"})


@dataclass(frozen=True)
class Sheet:
    """What one showing of a form begins with: known values, choices made of data, facts told above the questions."""

    values: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Sequence[Choice]] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[Input, ...] | None = None


@dataclass(frozen=True)
class Asked:
    """Where the form stands: in a member's own record (`me`) or in the console, and of which things it speaks."""

    place: str
    ids: Ids
    campaign: Mapping[str, Any]

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.campaign)


Prepare = Callable[[Asked], Sheet]
Fixed = Callable[[Asked], Mapping[str, Any]]


def nothing_known(_asked: Asked) -> Sheet:
    return Sheet()


def nothing_fixed(_asked: Asked) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True)
class Form:
    """`tail` is its path below the campaign's place; `above` a template shown before the questions."""

    name: str
    tail: str
    command: type[Command]
    inputs: tuple[Input, ...] = ()
    schema: type[Strict] = Nothing
    places: tuple[str, ...] = ("me",)
    prepare: Prepare = nothing_known
    fixed: Fixed = nothing_fixed
    above: str = ""
    back: str = ""
    after: str = ""
    danger: bool = False
    file: bool = False
    signs_out: bool = False


def mount(blueprint: Blueprint, forms: Sequence[Form]) -> None:
    for form in forms:
        for place in form.places:
            blueprint.add_url_rule(
                f"/c/<uuid:campaign>/{place}/{form.tail}",
                endpoint=f"{place}-{form.name}",
                view_func=_view(form, place),
                methods=["GET", "POST"],
            )


def _view(form: Form, place: str) -> Callable[..., AnyResponse | tuple[str, int] | str]:
    def view(**ids: Any) -> AnyResponse | tuple[str, int] | str:
        if current_person() is None:
            return sign_in_first() if request.method == "GET" else signed_out(form, place, ids)
        asked = Asked(place, ids, campaign_facts(ids["campaign"], place))
        sheet = form.prepare(asked)
        if request.method == "GET":
            return show(form, asked, sheet, typed_from({**sheet.values}, asked.zone))
        wrong = take(form, asked, sheet)
        if wrong:
            return show(form, asked, sheet, request.form, wrong), 422
        flash(f"form-{form.name}-done", "done")
        if form.signs_out:
            return everywhere_signed_out()
        return redirect(way_back(form, place, ids, form.after or form.back), 303)

    return view


def take(form: Form, asked: Asked, sheet: Sheet) -> list[faults.FormFault]:
    """Sends the command; what was wrong, if anything."""
    inputs = form.inputs if sheet.inputs is None else sheet.inputs
    read = {one.name: one.read(request.form, asked.zone) for one in inputs if one.kind != "file"}
    body: BinaryIO | None = None
    described: dict[str, Any] = {}
    if form.file:
        upload = request.files.get("file")
        if upload is None or not upload.filename:
            return [faults.FormFault("file", faults.describe_field("file", "missing"))]
        body = upload.stream  # type: ignore[assignment]
        described = {"file_name": upload.filename[:200], "declared_type": upload.mimetype or ""}
    try:
        loaded = load(form.schema(), {name: value for name, value in read.items() if value is not None})
        command = form.command(**{**asked.ids, **loaded, **described, **form.fixed(asked)})
        services().campaign.execute(Request(command, caller(), once()), body)
    except Problem as problem:
        return faults.ordered(faults.of_problem(problem, inputs), inputs)
    except Refused as refused:
        if refused.code in KEEPS_THE_PAGE:
            raise
        return [faults.of_refusal(refused, inputs)]
    except TemporaryFailure:
        return [faults.FormFault(faults.FORM, faults.describe_detail("too-busy", {}))]
    finally:
        if body is not None:
            body.close()
    return []


def show(
    form: Form, asked: Asked, sheet: Sheet, typed: Typed, wrong: Sequence[faults.FormFault] = ()
) -> str:  # fmt: skip
    return render_template(
        "form.html",
        form=form,
        inputs=form.inputs if sheet.inputs is None else sheet.inputs,
        typed=typed,
        choices=sheet.choices,
        facts=sheet.facts,
        faults=wrong,
        campaign=asked.campaign,
        place=asked.place,
        ids=asked.ids,
        zone=asked.zone,
        once=new_id(),
        back=way_back(form, asked.place, asked.ids, form.back),
    )


def signed_out(form: Form, place: str, ids: Ids) -> tuple[str, int]:
    """The session ended while the person was typing: nothing typed is lost, they sign in beside and send again."""
    fault = faults.FormFault(faults.FORM, faults.describe_field("form", "signed-out"))
    page = render_template(
        "form.html",
        form=form,
        inputs=form.inputs,
        typed=request.form,
        choices={},
        facts={},
        faults=[fault],
        campaign=None,
        place=place,
        ids=ids,
        zone=ZoneInfo("UTC"),
        once=new_id(),
        back=None,
        sign_in_beside=True,
    )
    return page, 401


def everywhere_signed_out() -> AnyResponse:
    """Nobody stays signed in under an address that is gone."""
    person, response = current_person(), redirect(url_for("web.home"), 303)
    if person is not None:
        services().accounts.sessions.end_all(person.person)
        forget(response)  # type: ignore[arg-type]
    return response


def way_back(form: Form, place: str, ids: Ids, tail: str) -> str:
    campaign = ids["campaign"]
    if place == "console":
        return (
            url_for("web.console_page", campaign=campaign, page=tail)
            if tail
            else url_for("web.console", campaign=campaign)
        )
    return url_for("web.record", campaign=campaign, _anchor=tail or None)


def once() -> str | None:
    """One showing of a form, one act: a second tap is the same request."""
    key = request.form.get("once", "")
    return f"page-{key}" if key.isascii() and 8 <= len(key) <= 64 and key.replace("-", "").isalnum() else None
