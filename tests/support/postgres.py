"""One PostgreSQL server for all processes of a test run, and a fresh database in it for whoever asks."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from services.distributed.parts.postgres import Postgres, postgres_installed, running_postgres, start_postgres
from services.kit.settings import Secret
from services.kit.sql.migrate import VERSION_TABLE, migrate
from services.kit.sql.postgres import postgres_engine
from tests.support.shared_server import Shared

ROLE: Final = "chorus_test"
PASSWORD: Final = Secret("of the tests alone")


class Schema(NamedTuple):
    """A folder of migrations that a fresh database is to have."""

    folder: Path
    version_table: str = VERSION_TABLE
    name: str = "public"
    """Of the schema in which its tables are made."""


@dataclass
class Database:
    """A database of one test; it is dropped at the end, whoever is still connected."""

    name: str
    server: Postgres
    engines: list[Engine] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.server.url(self.name, ROLE)

    @property
    def password(self) -> Secret:
        return PASSWORD

    def engine(self, application: str = "test", schemas: tuple[str, ...] = ()) -> Engine:
        engine = postgres_engine(self.url, PASSWORD, application=application, schemas=schemas)
        self.engines.append(engine)
        return engine


@contextmanager
def database(*schemas: Schema | Path) -> Iterator[Database]:
    """A fresh database, with these migrations run: `with database(Path("services/notifier/migrations")) as db`.

    Migrations run once per test run; each further database is a copy (30 ms).
    """
    _needed()
    server = _SHARED.get()
    template = _template(server, tuple(each if isinstance(each, Schema) else Schema(each) for each in schemas))
    found = Database(f"test_{uuid4().hex}", server)
    server.psql(f"CREATE DATABASE {found.name} OWNER {ROLE} TEMPLATE {template}")
    try:
        yield found
    finally:
        for engine in found.engines:
            engine.dispose()
        server.psql(f"DROP DATABASE IF EXISTS {found.name} WITH (FORCE)")


@contextmanager
def own_server() -> Iterator[Postgres]:
    """A server of the test's own, to be killed and started again; with Chorus's test role."""
    _needed()
    folder = Path(tempfile.mkdtemp(prefix="chorus-postgres-"))
    folder.chmod(0o711)
    server = start_postgres(folder)
    try:
        _add_role(server)
        yield server
    finally:
        if (running := running_postgres(folder)) is not None:
            running.stop()
        server.stop()
        shutil.rmtree(folder)


def _needed() -> None:
    if postgres_installed():
        return
    if os.environ.get("CI") == "true":
        pytest.fail("PostgreSQL is not installed: run tools/postgres")
    pytest.skip("PostgreSQL is not installed: tools/postgres installs it")


def _start(folder: Path) -> Postgres:
    server = start_postgres(folder)
    _add_role(server)
    return server


_SHARED: Final = Shared("postgres", _start, running_postgres)


def _add_role(server: Postgres) -> None:
    server.psql(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD.strip()}'")


def _template(server: Postgres, schemas: tuple[Schema, ...]) -> str:
    if not schemas:
        return "template0"
    name = f"template_{_digest(schemas)}"
    with _SHARED.gate():
        if not server.psql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
            making = f"making_{uuid4().hex}"
            server.psql(f"CREATE DATABASE {making} OWNER {ROLE} TEMPLATE template0")
            for schema in schemas:
                _migrate(server.url(making, ROLE), schema)
            server.psql(f"ALTER DATABASE {making} RENAME TO {name}")
    return name


def _migrate(url: str, schema: Schema) -> None:
    engine = postgres_engine(url, PASSWORD, application="template", schemas=(schema.name,))
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {schema.name}")
    migrate(engine, schema.folder, schema.version_table)
    engine.dispose()


def _digest(schemas: tuple[Schema, ...]) -> str:
    digest = hashlib.sha256()
    for schema in schemas:
        digest.update(repr((str(schema.folder), schema.version_table, schema.name)).encode())
        for path in sorted((*schema.folder.glob("*.py"), *schema.folder.glob("*.sql"))):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:24]
