"""Bringing a schema up to date: Alembic migrations of one folder, forward only, quick when nothing is new."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from services.kit.failures import PermanentFailure
from services.kit.sql.locks import lock_in
from services.kit.sql.postgres import is_postgres

VERSION_TABLE = "alembic_version"
_REVISION = re.compile(r'^revision\b[^=\n]*=\s*["\'](\w+)["\']', re.MULTILINE)
_DOWN_REVISION = re.compile(r'^down_revision\b[^=\n]*=\s*["\'](\w+)["\']', re.MULTILINE)


def migrate(engine: Engine, versions_folder: Path, version_table: str = VERSION_TABLE) -> str:
    """Runs what is missing and returns the revision reached; called by a start command, never by web workers.

    Of two that run at once the second waits and finds nothing left to do. Raises PermanentFailure `migrations-fork`
    (no single head) or `schema-newer-than-code`.
    """
    known, head = _revisions(versions_folder)
    with engine.connect() as connection:
        present = _present(connection, version_table)
    if present == head:
        return head
    with engine.begin() as connection:
        _alone(connection, version_table)
        present = _present(connection, version_table)
        if present is not None and present not in known:
            raise PermanentFailure("schema-newer-than-code")
        if present != head:
            _upgrade(connection, versions_folder, head, version_table)
    return head


def check(engine: Engine, versions_folder: Path, version_table: str = VERSION_TABLE) -> None:
    """For a process that works on a schema and never changes it; called at its start.

    Raises PermanentFailure `schema-missing`, `schema-older-than-code` or `schema-newer-than-code`.
    """
    known, head = _revisions(versions_folder)
    with engine.connect() as connection:
        present = _present(connection, version_table)
    if present is None:
        raise PermanentFailure("schema-missing")
    if present != head:
        raise PermanentFailure("schema-older-than-code" if present in known else "schema-newer-than-code")


def prepare(engine: Engine, versions_folder: Path, version_table: str = VERSION_TABLE) -> None:
    """At the start of a process: SQLite is its own and brought up to date, PostgreSQL is shared and only looked at."""
    if is_postgres(engine):
        check(engine, versions_folder, version_table)
    else:
        migrate(engine, versions_folder, version_table)


def prepared(engine: Engine, versions_folder: Path) -> Engine:
    """The engine once `prepare` is done; where that fails, its connections are given back."""
    try:
        prepare(engine, versions_folder)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _alone(connection: Connection, version_table: str) -> None:
    """Another migration may take long; but what it does to tables waits for no user of them longer than usual."""
    if connection.dialect.name == "postgresql":
        usual = connection.execute(text("SHOW lock_timeout")).scalar_one()
        connection.execute(text("SET LOCAL lock_timeout = '30min'"))
        lock_in(connection, f"migrate {version_table}")
        connection.execute(text("SELECT set_config('lock_timeout', :usual, true)"), {"usual": usual})


def _revisions(folder: Path) -> tuple[frozenset[str], str]:
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*.py")]
    known = {match[1] for text in texts if (match := _REVISION.search(text))}
    heads = known - {match[1] for text in texts if (match := _DOWN_REVISION.search(text))}
    if len(heads) != 1:
        raise PermanentFailure("migrations-fork")
    return frozenset(known), heads.pop()


def _present(connection: Connection, version_table: str) -> str | None:
    if not inspect(connection).has_table(version_table):
        return None
    return connection.exec_driver_sql(f"SELECT version_num FROM {version_table}").scalar()  # noqa: S608


def _upgrade(connection: Connection, folder: Path, head: str, version_table: str) -> None:
    from alembic.migration import MigrationContext  # slow to import, needed only when something is new
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(folder), version_locations=[str(folder)])
    options = {
        "fn": lambda revision, _context: script._upgrade_revs(head, revision),
        "version_table": version_table,
        "transactional_ddl": True,
    }
    context = MigrationContext.configure(connection, opts=options)
    with Operations.context(context):
        context.run_migrations()
