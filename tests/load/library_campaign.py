"""Campaign's process with the library's own way of writing: `app.save` for each request, nothing else changed.

`python -m services.kit.serve campaign-web web tests.load.library_campaign:build`. It writes the library's own table, in
a database of its own; seals, unique keys and the log of a campaign are left out, to its advantage.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.utils import Environment

from services.campaign.application.dispatch import CommandService
from services.campaign.application.store import Commit, Committed
from services.campaign.domain.membership import Membership
from services.campaign.http.app import create_app
from services.campaign.settings import from_environment
from services.campaign.wiring import build as service_from
from services.contracts.commands_v1 import Request
from services.kit.clock import Clock
from services.kit.metrics import Metrics
from services.kit.serving import Process

LIBRARY = "CHORUS_BENCH_LIBRARY"
"""`host port user password database`, with spaces between them."""


class Library(Application[UUID]):
    """As its own documentation puts it together: PostgreSQL, JSON, optimistic concurrency."""

    name = "library"

    def construct_env(self, name: str, env: Any = None) -> Environment:
        return Environment(name, dict(env or {}))


class LibraryStore:
    """Joins go to the library, anything else to the store that stands there."""

    def __init__(self, store: Any, library: Library) -> None:
        self._store = store
        self._library = library

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, request: Commit) -> Committed:
        if not all(isinstance(event, Membership.MemberJoined) for event in request.events):
            committed: Committed = self._store.commit(request)
            return committed
        recorded = self._library.save(*request.events)
        return Committed([one.notification.id for one in recorded], [])


class OneByOne(CommandService):
    """Nothing is begun ahead: each request waits for a commit of its own, side by side with the others."""

    def begin(self, request: Request) -> Callable[[], dict[str, Any]] | None:
        return None


def build(clock: Clock) -> Process:
    settings, metrics = from_environment(), Metrics()
    service = service_from(settings, clock, None, metrics, process="campaign-web", defers=True)
    desk = service.commands.desk
    store: Any = LibraryStore(desk.store, _library())
    ours = replace(service, commands=OneByOne(replace(desk, store=store)))
    return Process(metrics, create_app(ours, str(settings.secret)), checks=service.checks, close=service.close)


def _library() -> Library:
    host, port, user, password, database = os.environ[LIBRARY].split(" ")
    return Library(
        {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_HOST": host,
            "POSTGRES_PORT": port,
            "POSTGRES_USER": user,
            "POSTGRES_PASSWORD": password,
            "POSTGRES_DBNAME": database,
            "POSTGRES_POOL_SIZE": "16",
            "POSTGRES_MAX_OVERFLOW": "16",
        }
    )
