"""One PostgreSQL server for all processes of a test run, and a fresh database in it for whoever asks."""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from services.distributed.parts.postgres import Postgres, postgres_installed, running_postgres, start_postgres
from services.kit.settings import Secret
from services.kit.sql.migrate import VERSION_TABLE, migrate
from services.kit.sql.postgres import postgres_engine

ROLE: Final = "chorus_test"
PASSWORD: Final = Secret("of the tests alone")
_PROJECT: Final = hashlib.sha256(str(Path(__file__).parents[2]).encode()).hexdigest()[:8]
_FOLDER: Final = Path(tempfile.gettempdir()) / f"chorus-tests-postgres-{os.getuid()}-{_PROJECT}"


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
    server = _server()
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


@cache
def _server() -> Postgres:
    """Started by the first process that asks, ended by the last one to go."""
    _needed()
    _FOLDER.mkdir(exist_ok=True)
    _FOLDER.chmod(0o711)
    users = _lock_file("users")
    with _gate():
        fcntl.flock(users, fcntl.LOCK_SH)
        server = running_postgres(_FOLDER / "server")
        if server is None:
            shutil.rmtree(_FOLDER / "server", ignore_errors=True)
            server = start_postgres(_FOLDER / "server")
            _add_role(server)
    atexit.register(_leave, server, users, os.getpid())
    return server


def _leave(server: Postgres, users: int, owner: int) -> None:
    if os.getpid() != owner:
        return
    with _gate():
        fcntl.flock(users, fcntl.LOCK_UN)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        server.stop()
        shutil.rmtree(_FOLDER / "server", ignore_errors=True)


def _add_role(server: Postgres) -> None:
    server.psql(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD.strip()}'")


def _template(server: Postgres, schemas: tuple[Schema, ...]) -> str:
    if not schemas:
        return "template0"
    name = f"template_{_digest(schemas)}"
    with _gate():
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


@contextmanager
def _gate() -> Iterator[None]:
    """One process at a time comes, goes, or makes a template."""
    descriptor = _lock_file("gate")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _lock_file(name: str) -> int:
    return os.open(_FOLDER / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
