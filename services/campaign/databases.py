"""The databases of views and tokens, by settings: SQLite files of the data folder, or two schemas in PostgreSQL."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from services.campaign import migrations
from services.campaign.adapters.tokens_sql import tokens_engine
from services.kit.failures import PermanentFailure, TemporaryFailure
from services.kit.settings import Secret
from services.kit.sql.engine import sqlite_engine, temporary_when_busy
from services.kit.sql.migrate import check, migrate
from services.kit.sql.postgres import postgres_engine

MIGRATIONS: Final = Path(migrations.__file__).parent
EVENTS, KEYS, VIEWS, TOKENS = "events", "keys", "views", "tokens"
COMMITTED: Final = "campaign_log"
"""The channel on which the writing calls say that the log grew."""


@dataclass(frozen=True, slots=True)
class Databases:
    """Views can be dropped and made anew from the log; tokens cannot."""

    views: Engine
    tokens: Engine

    def close(self) -> None:
        self.views.dispose()
        self.tokens.dispose()


def sqlite_databases(folder: Path) -> Databases:
    """Made and brought up to date here: a folder has one process.

    A power loss may cost the views their last moments, never their order.
    """
    views = sqlite_engine(folder / "views.db", synchronous="NORMAL", cache_mb=64)
    migrate(views, MIGRATIONS / VIEWS)
    tokens = tokens_engine(folder / "tokens.db")
    migrate(tokens, MIGRATIONS / TOKENS)
    return Databases(views, tokens)


def postgres_databases(url: str, password: Secret | None, *, application: str) -> Databases:
    """One pool of connections for both. Raises PermanentFailure `schema-missing` and its like: nothing is made here."""
    engine = postgres_engine(url, password, application=application, schemas=(VIEWS, TOKENS))
    try:
        check_schemas(engine)
    except (PermanentFailure, TemporaryFailure):
        engine.dispose()
        raise
    return Databases(engine, engine)


def check_schemas(engine: Engine) -> None:
    """Raises TemporaryFailure when the database is away."""
    with temporary_when_busy():
        for name in (VIEWS, TOKENS):
            check(engine, MIGRATIONS / name, version_table(name))


def version_table(part: str) -> str:
    return f"{part}_version"
