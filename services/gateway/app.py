"""The people's door as one Flask application: API, public feeds, health, and the pages where they are present."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, g
from flask_wtf.csrf import generate_csrf

from services.gateway.accounts.csrf import protect_forms
from services.gateway.accounts.current import caller, current_locale, current_person, keep_language
from services.gateway.api.blueprint import create_api, create_reference
from services.gateway.api.lane import JoinLane
from services.gateway.api.routes.joining import ANSWERS
from services.gateway.app_errors import show_problems
from services.gateway.app_headers import guard
from services.gateway.app_log import watch
from services.gateway.app_services import GatewayServices
from services.kit.metrics import CONTENT_TYPE
from services.kit.problems import Problem

MOST_BODY_BYTES = 10 * 1024 * 1024 + 64 * 1024
__all__ = ["GatewayServices", "create_app"]


class Plain(Flask):
    """Flask without a look, eight times a request, whether a function is a coroutine: none of ours is."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(services: GatewayServices, *, pages: bool = True) -> Flask:
    """Without `pages`, the API and the feeds alone."""
    app = Plain("services.gateway", template_folder=None, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=MOST_BODY_BYTES, MAX_FORM_MEMORY_SIZE=256 * 1024, MAX_FORM_PARTS=40)
    app.extensions["chorus"] = services
    app.json.sort_keys = False  # type: ignore[attr-defined]
    watch(app, services.metrics, services.settings.proxies)
    guard(app, services.settings)
    protect_forms(app, services.settings, services.accounts.signing_key)
    _speak(app, services)
    app.register_blueprint(create_api())
    app.wsgi_app = JoinLane(app.wsgi_app, services, app.extensions[ANSWERS])  # type: ignore[method-assign,assignment]
    app.register_blueprint(_operations(services))
    if pages:
        _show_pages(app, services)
    else:
        show_problems(app, None)
    for blueprint in services.blueprints:
        app.register_blueprint(blueprint)
    return app


def _show_pages(app: Flask, services: GatewayServices) -> None:
    from services.gateway import web

    app.register_blueprint(web.create_blueprint(services))
    app.register_blueprint(create_reference())
    show_problems(app, web.error_page)


def _speak(app: Flask, services: GatewayServices) -> None:
    """What every template may say: `t(key, ...)`, `locale`, `person`, `csrf_token()`."""

    def words() -> dict[str, Any]:
        locale = current_locale()
        return {
            "t": lambda key, **args: services.texts.get(locale, key, **args),
            "locale": locale,
            "person": current_person(),
            "csrf_token": generate_csrf,
        }

    def remember_language(response: Response) -> Response:
        if "locale" in g:
            keep_language(response)
        return response

    app.context_processor(words)
    app.after_request(remember_language)


def _operations(services: GatewayServices) -> Blueprint:
    blueprint = Blueprint("operations", __name__)

    def live() -> tuple[dict[str, Any], int]:
        verdict = services.health.live()
        return {"ok": verdict.ok, "checks": dict(verdict.checks)}, verdict.status

    def ready() -> tuple[dict[str, Any], int]:
        verdict = services.health.ready()
        return {"ok": verdict.ok, "checks": dict(verdict.checks)}, verdict.status

    def metrics() -> Response:
        if not (services.settings.local or caller().operator):
            raise Problem("not-found", 404)
        return Response(services.metrics.render(), content_type=CONTENT_TYPE)

    blueprint.add_url_rule("/health/live", view_func=live)
    blueprint.add_url_rule("/health/ready", view_func=ready)
    blueprint.add_url_rule("/metrics", view_func=metrics)
    return blueprint
