"""What most people would write first: Flask, the same validation, one INSERT with UNIQUE and a COMMIT for each join."""

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402
import sqlite3  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

from flask import Flask, Response, request  # noqa: E402
from gunicorn.app.base import BaseApplication  # noqa: E402
from marshmallow import ValidationError  # noqa: E402

from services.gateway.api.schemas import Join  # noqa: E402

TABLE = """CREATE TABLE IF NOT EXISTS members(
  id INTEGER PRIMARY KEY, campaign TEXT NOT NULL, email TEXT NOT NULL, name TEXT NOT NULL, locale TEXT NOT NULL,
  joined_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, UNIQUE(campaign, email))"""
INSERT = "INSERT OR IGNORE INTO members(campaign, email, name, locale) VALUES (?,?,?,?)"


def application(data: Path) -> Flask:
    data.mkdir(parents=True, exist_ok=True)
    db = sqlite3.connect(data / "crud.db", isolation_level=None, check_same_thread=False)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", TABLE):
        db.execute(statement).fetchall()
    app, schema = Flask(__name__), Join()

    @app.post("/campaigns/<uuid:campaign>/members")
    def join(campaign: Any) -> tuple[dict[str, Any], int]:
        try:
            told = schema.load(request.get_json())
        except ValidationError:
            return {"status": "invalid"}, 422
        db.execute("BEGIN IMMEDIATE")
        db.execute(INSERT, (str(campaign), told["email"].casefold(), told["name"], told["locale"]))
        db.execute("COMMIT")
        return {"status": "pending", "warnings": []}, 202

    @app.get("/health/ready")
    def ready() -> Response:
        return Response("ok")

    return app


class Crud(BaseApplication):
    def __init__(self, port: int, data: Path) -> None:
        self._port, self._data = port, data
        super().__init__()

    def load_config(self) -> None:
        options = {
            "bind": f"127.0.0.1:{self._port}",
            "worker_class": "gevent",
            "workers": 1,
            "reuse_port": True,
            "worker_connections": 2000,
            "keepalive": 15,
            "control_socket_disable": True,
            "loglevel": "warning",
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return application(self._data)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    given = parser.parse_args()
    Crud(given.port, given.data).run()
