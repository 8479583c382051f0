"""Evidence handed in and looked at; material that was asked for."""

from __future__ import annotations

import mimetypes
from datetime import datetime
from pathlib import Path

from services.embedded.player.vocabulary import REJECTIONS
from services.embedded.player.world import NOBODY, Outcome, Turn, some


def evidence(turn: Turn) -> Outcome:
    return Outcome(note=_hand_in(turn, turn.given("file"), turn.given("kind"))[:8])


def _hand_in(turn: Turn, file: Path, kind: str) -> str:
    captured: datetime | None = turn.given("captured")
    declared = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    parts = some(kind=kind, captured=captured.isoformat() if captured else None, note=turn.given("note"))
    parts["file"] = (file.name, file.read_bytes(), declared)
    answer = turn.world.act(turn.person, "POST", "/me/evidence", parts=parts)
    turn.world.evidence[turn.person.handle, file.name] = answer.body["evidence"]
    return str(answer.body["evidence"])


def review(turn: Turn) -> Outcome:
    """A reason that is no code is a note to the member; what is rejected needs a code, `other` where none is given."""
    file, verdict, reason = turn.given("file"), turn.given("verdict"), turn.given("reason")
    body = {"verdict": verdict}
    if reason in REJECTIONS:
        body["reason_code"] = reason
    elif reason is not None:
        body["note"] = reason
    if verdict == "rejected":
        body.setdefault("reason_code", "other")
    piece = turn.world.evidence.get((turn.given("of"), file.name), NOBODY)
    turn.world.act(turn.person, "POST", f"/evidence/{piece}/review", body)
    return Outcome()


def material(turn: Turn) -> Outcome:
    if turn.given("given") is not None:
        return _give(turn)
    of, until = turn.given("of"), turn.given("until")
    body = some(
        asked=turn.given("asked"),
        member=None if of is None else turn.world.subjects.get(of, NOBODY),
        until=until.isoformat() if until else None,
    )
    answer = turn.world.act(turn.person, "POST", "/materials", body)
    turn.world.materials[of or turn.party] = (answer.body["filing"], answer.body["request"])
    return Outcome()


def _give(turn: Turn) -> Outcome:
    """Hands the file in as evidence, unless that is done, and gives it for the newest request."""
    world, file = turn.world, turn.given("given")
    filing, request = world.materials.get(turn.party, (NOBODY, NOBODY))
    piece = world.evidence.get((turn.person.handle, file.name)) or _hand_in(turn, file, turn.given("kind", "other"))
    world.act(turn.person, "POST", f"/filings/{filing}/materials/{request}", {"evidence": piece})
    return Outcome()
