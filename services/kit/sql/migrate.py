"""Bringing a schema up to date: Alembic migrations of one folder, forward only, quick when nothing is new."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect

from services.kit.failures import PermanentFailure

VERSION_TABLE = "alembic_version"
_REVISION = re.compile(r'^revision\b[^=\n]*=\s*["\'](\w+)["\']', re.MULTILINE)
_DOWN_REVISION = re.compile(r'^down_revision\b[^=\n]*=\s*["\'](\w+)["\']', re.MULTILINE)


def migrate(engine: Engine, versions_folder: Path, version_table: str = VERSION_TABLE) -> str:
    """Runs what is missing and returns the revision reached; called once by a start command, never by web workers.

    Raises PermanentFailure `migrations-fork` (no single head) or `schema-newer-than-code`.
    """
    known, head = _revisions(versions_folder)
    with engine.connect() as connection:
        present = _present(connection, version_table)
    if present == head:
        return head
    with engine.begin() as connection:
        present = _present(connection, version_table)
        if present is not None and present not in known:
            raise PermanentFailure("schema-newer-than-code")
        if present != head:
            _upgrade(connection, versions_folder, head, version_table)
    return head


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
