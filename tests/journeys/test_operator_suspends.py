"""The operator of a local installation: whoever can read one file of it may suspend, and never edits."""

from __future__ import annotations

from pathlib import Path

from tests.load.people import published, signed_in
from tests.load.running import Door, Server


def test_the_holder_of_the_operator_file_suspends_and_resumes(tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    server.start()
    token_file = tmp_path / "data" / "gateway" / "secrets" / "operator"
    with Door(server.port) as door:
        campaign = published(door, signed_in(door, "li@example.org"))
        operator = token_file.read_text()
        here = f"/api/v1/campaigns/{campaign}"
        joining = {"email": "m@example.org", "name": "M", "locale": "en", "consent": True}
        reason = {"reason": "abuse"}
        assert door.send("POST", f"{here}/suspend", reason, "x" * 43).status == 401
        assert door.send("POST", f"{here}/suspend", reason, operator).status == 200
        assert door.send("POST", f"{here}/members", joining).status == 409
        assert door.send("PATCH", here, {"title": "x"}, operator).status in (401, 403, 404)
        assert door.send("POST", f"{here}/resume", {}, operator).status == 200
        assert door.send("POST", f"{here}/members", joining).status == 202
    server.stop()
    assert token_file.stat().st_mode & 0o077 == 0
