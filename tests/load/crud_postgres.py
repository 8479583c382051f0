"""What most people would write first, on PostgreSQL: Flask, the same validation, one INSERT with UNIQUE, for each join.

Served as every web process of ours is: `python -m services.kit.serve crud web tests.load.crud_postgres:build`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from queue import LifoQueue
from typing import Any

import psycopg
from flask import Flask, request
from marshmallow import ValidationError

from services.gateway.api.schemas import Join
from services.kit.clock import Clock
from services.kit.metrics import Metrics
from services.kit.serving import Process

CONNECTIONS = 16
DSN = "CHORUS_BENCH_DSN"
TABLE = """CREATE TABLE IF NOT EXISTS members(
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, campaign uuid NOT NULL, email text NOT NULL, name text NOT NULL,
  locale text NOT NULL, joined_at timestamptz NOT NULL DEFAULT now(), UNIQUE(campaign, email))"""
INSERT = "INSERT INTO members(campaign, email, name, locale) VALUES (%s,%s,%s,%s) ON CONFLICT DO NOTHING"


class Connections:
    """A few kept ones, each committing by itself; the last one given back is warm and comes first."""

    def __init__(self, dsn: str) -> None:
        self._free: LifoQueue[psycopg.Connection[Any]] = LifoQueue()
        for _ in range(CONNECTIONS):
            self._free.put(psycopg.connect(dsn, autocommit=True))

    @contextmanager
    def one(self) -> Iterator[psycopg.Connection[Any]]:
        connection = self._free.get()
        try:
            yield connection
        finally:
            self._free.put(connection)


def build(_clock: Clock) -> Process:
    connections, app, schema = Connections(os.environ[DSN]), Flask(__name__), Join()

    @app.post("/campaigns/<uuid:campaign>/members")
    def join(campaign: Any) -> tuple[dict[str, Any], int]:
        try:
            told = schema.load(request.get_json())
        except ValidationError:
            return {"status": "invalid"}, 422
        with connections.one() as connection:
            connection.execute(INSERT, (campaign, told["email"].casefold(), told["name"], told["locale"]))
        return {"status": "pending", "warnings": []}, 202

    return Process(Metrics(), app)
