"""Pages of a local run that another process has: whoever comes to gateway for them is shown the way."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

METHODS = ["GET", "POST"]


def local_door_blueprint(door: str) -> Blueprint:
    """`door` is the address of the runner's own pages."""
    blueprint = Blueprint("local-door", __name__)

    def away(rest: str = "") -> Response:
        query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        return redirect(f"{door.rstrip('/')}{request.path}{query}", 307)

    for page in ("/_mailbox", "/_clock"):
        blueprint.add_url_rule(page, f"{page[2:]}-page", away, methods=METHODS)
        blueprint.add_url_rule(f"{page}/<path:rest>", f"{page[2:]}-below", away, methods=METHODS)
    return blueprint
