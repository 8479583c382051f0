"""Looking at a database from outside its work: whether it answers, and who else is at it."""

from __future__ import annotations

from sqlalchemy import Engine, text

from services.kit.sql.engine import reading, temporary_when_busy
from services.kit.sql.postgres import is_postgres


def answers(engine: Engine) -> None:
    """A check for Health; TemporaryFailure when it does not."""
    with temporary_when_busy(), engine.connect() as connection:
        connection.execute(text("SELECT 1")).all()


def others_at_work(engine: Engine, application: str) -> int:
    """Connections that processes of this name hold; always 0 on SQLite, where a lock on the folder tells."""
    if not is_postgres(engine):
        return 0
    asked = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = :a")
    with temporary_when_busy(), reading(engine) as tx:
        return int(tx.execute(asked, {"a": application}).scalar_one())
