"""The door by which a local runner sets the time; it exists only where the settable clock was asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, request

from services.kit.clock import SettableClock
from services.kit.timeline import Timeline


def clock_blueprint(clock: SettableClock, timeline: Callable[[], Timeline]) -> Blueprint:
    """GET /_clock; POST /_clock {"to": instant}: all that falls due before it happens first; POST /_clock/settle."""
    blueprint = Blueprint("clock", __name__)
    turn = threading.Lock()

    def show() -> dict[str, Any]:
        return {"now": clock.now().isoformat()}

    def advance() -> tuple[dict[str, Any], int]:
        try:
            to = datetime.fromisoformat(str((request.get_json(silent=True) or {}).get("to")))
            if to.tzinfo is None:
                raise ValueError("offset")
        except ValueError:
            return {"code": "invalid", "detail": 'expected {"to": an instant with its offset}'}, 422
        with turn:
            if to < clock.now():
                return {"code": "invalid", "detail": f"the clock stands at {clock.now().isoformat()}"}, 422
            timeline().advance(to)
        return show(), 200

    def settle() -> dict[str, Any]:
        with turn:
            timeline().settle()
        return show()

    blueprint.add_url_rule("/_clock", "show", show)
    blueprint.add_url_rule("/_clock", "advance", advance, methods=["POST"])
    blueprint.add_url_rule("/_clock/settle", "settle", settle, methods=["POST"])
    return blueprint
