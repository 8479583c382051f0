"""Campaign's databases for a test, on either kind; those in PostgreSQL are emptied and used again, which is quick."""

from __future__ import annotations

import atexit
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, text

from services.campaign.databases import MIGRATIONS, TOKENS, VIEWS, Databases, postgres_databases, sqlite_databases
from tests.support.postgres import Database, Schema, database
from tests.support.stores import EVENTS_SCHEMA, KEYS_SCHEMA

BACKENDS: Final = ("sqlite", "postgres")
SCHEMAS: Final = (EVENTS_SCHEMA, *(Schema(MIGRATIONS / name, f"{name}_version", name) for name in (VIEWS, TOKENS)))
_KEPT: Final = "%\\_version", "swept"
_TABLES: Final = text(
    "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
    " WHERE schemaname IN ('public', 'views', 'tokens') AND tablename NOT LIKE ALL(:kept)"
)


@dataclass(frozen=True)
class Pair:
    """Events, views and tokens in one; keys in the other."""

    events: Database
    keys: Database

    def holds(self, word: str) -> list[str]:
        """Tables in which this stands, also as bytes."""
        found = []
        for one in (self.events, self.keys):
            with _engine(one).connect() as connection:
                for table in connection.scalars(_TABLES, {"kept": []}).all():
                    sought = text(f"SELECT count(*) FROM {table} AS t WHERE strpos(t::text, :word) > 0")
                    if any(connection.scalar(sought, {"word": each}) for each in (word, word.encode().hex())):
                        found.append(table)
        return found

    def empty(self) -> None:
        for one in (self.events, self.keys):
            with _engine(one).begin() as connection:
                tables = connection.scalars(_TABLES, {"kept": list(_KEPT)}).all()
                for table in sorted(tables, key=_children_first):
                    connection.execute(text(f"DELETE FROM {table}"))


def _engine(one: Database) -> Engine:
    """One for as long as the database is used again and again, or each test would leave a connection behind."""
    return one.engines[0] if one.engines else one.engine()


def _children_first(table: str) -> int:
    return 0 if table in ("views.promises", "views.materials") else 1


@contextmanager
def pair() -> Iterator[Pair]:
    """With all migrations run and nothing in them."""
    free = _free()
    found = free.pop() if free else _made()
    yield found
    found.empty()
    free.append(found)


@cache
def _free() -> list[Pair]:
    return []


@cache
def _until_the_end() -> ExitStack:
    stack = ExitStack()
    atexit.register(stack.close)
    return stack


def _made() -> Pair:
    databases = [database(*SCHEMAS), database(KEYS_SCHEMA)]
    events, keys = [each.__enter__() for each in databases]
    for each in databases:
        _until_the_end().push(each)
    return Pair(events, keys)


@contextmanager
def databases(backend: str, folder: Path) -> Iterator[Databases]:
    """Those of views and tokens, empty."""
    if backend == "sqlite":
        opened = sqlite_databases(folder)
        yield opened
        opened.close()
        return
    with pair() as found:
        opened = postgres_databases(found.events.url, found.events.password, application="test")
        yield opened
        opened.close()
