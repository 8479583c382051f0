"""All pages as one blueprint: routes by noun, forms by their tables, words and values for the templates."""

from __future__ import annotations

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from services.gateway.app_services import GatewayServices
from services.gateway.web import arriving, console, history, launching, leaving, public, record, shown, signing_in
from services.gateway.web.case_forms import CASE_FORMS
from services.gateway.web.console_forms import CONSOLE_FORMS
from services.gateway.web.forms import mount
from services.gateway.web.record_forms import RECORD_FORMS

FORMS = (*RECORD_FORMS, *CASE_FORMS, *CONSOLE_FORMS)


def create_blueprint(_services: GatewayServices) -> Blueprint:
    web = Blueprint(
        "web", __name__, template_folder="templates", static_folder="static", static_url_path="/static"
    )  # fmt: skip
    for noun in (public, arriving, signing_in, leaving, launching, record, console, history):
        noun.mount(web)
    mount(web, FORMS)
    web.record_once(_teach)
    return web


def _teach(state: BlueprintSetupState) -> None:
    shown.teach(state.app)  # type: ignore[arg-type]
