"""What was deleted leaves PostgreSQL's tables soon, and not when the server finds it worth its while."""

from typing import Final

from sqlalchemy import Engine

from services.kit.sql.engine import temporary_when_busy

WORDS: Final = ("content", "sealed", "handover")
"""Tables that hold what people wrote, in clear or sealed."""
_WITH_DEAD: Final = (
    "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname = ANY(%s) AND n_dead_tup > 0"
)
_AT_MOST: Final = "SET statement_timeout = '20s'"
_VACUUM: Final = "VACUUM (SKIP_LOCKED) public."
"""Only pages that changed since the last time are visited; what is cut short goes on the next time from there."""


def clear_removed(engine: Engine) -> int:
    """How many tables had deleted rows in their pages. Raises TemporaryFailure."""
    with temporary_when_busy(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
        db.detach()
        db.exec_driver_sql(_AT_MOST)
        tables = db.exec_driver_sql(_WITH_DEAD, (list(WORDS),)).scalars().all()
        for table in tables:
            db.exec_driver_sql(_VACUUM + table)
    return len(tables)
