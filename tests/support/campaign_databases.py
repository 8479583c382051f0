"""Databases of views and tokens for a test, on either kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.campaign.databases import MIGRATIONS, TOKENS, VIEWS, Databases, postgres_databases, sqlite_databases
from tests.support.postgres import Schema, database

BACKENDS = ("sqlite", "postgres")
SCHEMAS = tuple(Schema(MIGRATIONS / name, f"{name}_version", name) for name in (VIEWS, TOKENS))


@contextmanager
def databases(backend: str, folder: Path) -> Iterator[Databases]:
    """Empty, with all migrations run."""
    if backend == "sqlite":
        opened = sqlite_databases(folder)
        yield opened
        opened.close()
        return
    with database(*SCHEMAS) as found:
        opened = postgres_databases(found.url, found.password, application="test")
        yield opened
        opened.close()
